using System.Text;
using IotOrleans.Access;
using IotOrleans.Http;
using IotOrleans.Json;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace IotOrleans.Masks;

/// <summary>Masks as files, in and out.</summary>
public static class MaskFiles
{
    /// <summary>A million lines of three cells and a note.</summary>
    private const long FileMax = 256L * 1024 * 1024;

    private const int RejectsShown = 1_000;

    public static void Map(IEndpointRouteBuilder masks, IEndpointRouteBuilder writes)
    {
        writes
            .MapPost("/import", Import)
            .WithSummary(
                "Takes in a CSV file of real and shown numbers; ?pool= gives shown ones; ?apply=false only reads"
            )
            .Produces<ImportAnswer>(202)
            .ProducesProblem(409)
            .ProducesProblem(415)
            .ProducesProblem(422);
        masks
            .MapGet("/imports/{import_id:guid}", Look)
            .WithSummary("How far an import is, and which lines were rejected")
            .Produces<ImportAnswer>()
            .ProducesProblem(404);
        writes
            .MapPost("/imports/{import_id:guid}/apply", Apply)
            .WithSummary("Makes masks of the lines that were read, or of those that are named: all of them or none")
            .Accepts<ApplyBody>("application/json")
            .Produces<ImportAnswer>()
            .ProducesProblem(409);
    }

    public static async Task<IResult> Export(
        HttpContext context,
        IMaskStore store,
        IMaskLookup masks,
        LookupGuard guard
    )
    {
        store = store.Of(context);
        var count = context.Caller().Customer is null ? masks.Count : (int)await store.Count(context.RequestAborted);
        await guard.Revealed(context, context.Request.Path, Math.Max(1, count));
        context.Response.ContentType = "text/csv; charset=utf-8";
        context.Response.Headers.ContentDisposition = "attachment; filename=\"masks.csv\"";
        var lines = new StringBuilder("real,shown,expires_at,note\r\n");
        await foreach (var mask in store.Export(context.RequestAborted))
        {
            var expires = mask.ExpiresAt is { } time ? UtcTimeJson.Text(time) : "";
            lines.Append($"{mask.Real},{mask.Shown},{expires},{CsvCell.Of(mask.Note)}\r\n");
            if (lines.Length < 32 * 1024)
                continue;
            await context.Response.WriteAsync(lines.ToString(), context.RequestAborted);
            lines.Clear();
        }
        await context.Response.WriteAsync(lines.ToString(), context.RequestAborted);
        return Results.Empty;
    }

    private static async Task<IResult> Import(
        HttpContext context,
        IMaskImports imports,
        IMaskStore store,
        bool? apply,
        Guid? import_id,
        string? pool
    )
    {
        (imports, store) = (imports.Of(context), store.Of(context));
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = FileMax;
        if (await FileOf(context) is not { } file)
            return Problems.Make(415, "not-csv", "Not CSV", "The body must be text/csv, or a form with one file.");
        if (pool is not null && !(await store.Pools(context.RequestAborted)).Any(known => known.Name == pool))
            return Problems.Validation("pool", "does not exist");
        // Whoever names it may look how far it is while it is still being sent.
        var id = import_id ?? Guid.CreateVersion7();
        if (await imports.Find(id, context.RequestAborted) is { } known)
            return TypedResults.Accepted($"/api/v1/masks/imports/{id}", await Answer(known, imports, context));
        MaskImport? read;
        try
        {
            var judge = apply == false;
            read = await imports.Read(id, context.Caller().Name, file, pool, judge, context.RequestAborted);
        }
        catch (IOException trouble) when (trouble is not BadHttpRequestException)
        {
            return Problems.Validation("body", "ends before the form does");
        }
        if (read is null)
            return Problems.Of(Refusal.Conflict, "Another file has this import_id.");
        if (read.Status == "ready" && apply != false)
        {
            var applied = await imports.Apply(id, null, context.RequestAborted);
            if (applied.Refusal != Refusal.None)
                return Problems.Of(applied.Refusal, applied.Detail);
            read = applied.Value!;
        }
        if (read.Status != "failed")
            context.Made(read);
        return read.Status == "failed"
            ? Problems.Validation("body", read.Detail ?? "cannot be read")
            : TypedResults.Accepted($"/api/v1/masks/imports/{id}", await Answer(read, imports, context));
    }

    private static async Task<IResult> Look(Guid import_id, HttpContext context, IMaskImports imports) =>
        await imports.Of(context).Find(import_id, context.RequestAborted) is { } import
            ? TypedResults.Ok(await Answer(import, imports, context))
            : Problems.NotFound;

    private static async Task<IResult> Apply(Guid import_id, HttpContext context, Body bodies, IMaskImports imports)
    {
        var (body, problem) = await bodies.Read<ApplyBody>(context);
        if (body is null)
            return problem!;
        var answer = await imports.Of(context).Apply(import_id, body.Lines, context.RequestAborted);
        if (answer.Refusal != Refusal.None)
            return Problems.Of(answer.Refusal, answer.Detail);
        context.Made(answer.Value!);
        return TypedResults.Ok(await Answer(answer.Value!, imports, context));
    }

    private static IMaskImports Of(this IMaskImports imports, HttpContext context) =>
        imports.For(context.Caller().Customer);

    private static async Task<ImportAnswer> Answer(MaskImport import, IMaskImports imports, HttpContext context) =>
        new(
            import.ImportId,
            import.Status,
            import.CreatedBy,
            import.CreatedAt,
            import.Rows,
            import.Accepted,
            import.Unchanged,
            import.Rejected,
            import.Detail,
            await imports.Rejects(import.ImportId, RejectsShown, context.RequestAborted)
        );

    private static async Task<Stream?> FileOf(HttpContext context)
    {
        if (!MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type))
            return null;
        if (type.MediaType.Equals("text/csv", StringComparison.OrdinalIgnoreCase))
            return context.Request.Body;
        var boundary = HeaderUtilities.RemoveQuotes(type.Boundary).Value;
        if (!type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase) || boundary is null)
            return null;
        // The first part that is a file, as it comes: nothing is kept on the way.
        var parts = new MultipartReader(boundary, context.Request.Body);
        try
        {
            while (await parts.ReadNextSectionAsync(context.RequestAborted) is { } part)
            {
                if (part.GetContentDispositionHeader()?.IsFileDisposition() == true)
                    return part.Body;
            }
        }
        // A body that is too large is told apart.
        catch (Exception trouble)
            when (trouble is InvalidDataException or (IOException and not BadHttpRequestException))
        {
            // Bytes without the boundary that the head has promised.
        }
        return null;
    }

    public sealed record ApplyBody(long[]? Lines = null);

    /// <param name="RejectedLines">The first thousand.</param>
    public sealed record ImportAnswer(
        Guid ImportId,
        string Status,
        string CreatedBy,
        DateTimeOffset CreatedAt,
        long Rows,
        long Accepted,
        long Unchanged,
        long Rejected,
        string? Detail,
        RejectedLine[] RejectedLines
    );
}
