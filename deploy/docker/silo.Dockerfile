# One program, here with the grains in it. Containers form a cluster, so the build is the one on Microsoft Orleans.
#   docker build -f deploy/docker/silo.Dockerfile -t iotorleans-silo .
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
ENV Role=silo ASPNETCORE_URLS=http://+:8080
# 8080 health and metrics, 8084 calls that FreeSWITCH hands over, 11111 other silos, 30000 the front doors.
EXPOSE 8080 8084 11111 30000
ENTRYPOINT ["dotnet", "iotorleans.dll"]
