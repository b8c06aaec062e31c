# The same program as the front door: HTTP and speakers, a client of the silos.
#   docker build -f deploy/docker/api.Dockerfile -t iotorleans-api .
ARG DOTNET=10.0
FROM mcr.microsoft.com/dotnet/sdk:${DOTNET} AS build
ARG GRAIN_ENGINE=Orleans
WORKDIR /source
COPY global.json Directory.*.* ./
COPY src src
COPY sql sql
RUN dotnet publish src/Silo/IotOrleans.Silo.csproj -c Release --use-current-runtime --self-contained false \
    -p:PublishReadyToRun=true -p:GrainEngine=${GRAIN_ENGINE} -o /app

FROM mcr.microsoft.com/dotnet/aspnet:${DOTNET}
WORKDIR /app
COPY --from=build /app .
USER $APP_UID
ENV Role=api ASPNETCORE_URLS=http://+:8080
EXPOSE 8080
ENTRYPOINT ["dotnet", "iotorleans.dll"]
