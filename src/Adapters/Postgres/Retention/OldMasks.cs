namespace IotOrleans.Retention;

/// <summary>Masks that were, and files of them.</summary>
internal static class OldMasks
{
    public static readonly OldRows Masks = new(
        ["masks"],
        """
        with old as (
            select mask_id from masks
            where ended_at is not null and ended_at < $2 and (rests_until is null or rests_until < $2)
            order by ended_at limit {size} for update skip locked
        ), gone as (
            delete from masks m using old where m.mask_id = old.mask_id returning m.mask_id
        )
        select $1, count(*), count(*) from gone
        """
    );

    public static readonly OldRows Sessions = new(
        ["mask_sessions"],
        """
        with old as (
            select session_id from mask_sessions where ended_at is not null and ended_at < $2
            order by ended_at limit {size} for update skip locked
        ), gone as (
            delete from mask_sessions s using old where s.session_id = old.session_id returning s.session_id
        )
        select $1, count(*), count(*) from gone
        """
    );

    // Before the first of its lines goes a file is closed, or what is left of it could still be applied.
    public static readonly OldRows ImportLines = new(
        ["mask_import_rows"],
        """
        with file as (
            select import_id from mask_imports i
            where updated_at < $2 and exists (select from mask_import_rows r where r.import_id = i.import_id)
            order by seq limit 1 for update skip locked
        ), closed as (
            update mask_imports i set status = 'failed', detail = 'it was not applied in time'
            from file where i.import_id = file.import_id and i.status <> 'failed'
        ), gone as (
            delete from mask_import_rows where ctid = any (array(
                select r.ctid from mask_import_rows r where r.import_id = (select import_id from file) limit {size}))
            returning line
        )
        select $1, count(*), count(*) from gone
        """
    );

    public static readonly OldRows ImportRejects = new(
        ["mask_import_rejects"],
        """
        with file as (
            select import_id from mask_imports i
            where updated_at < $2 and exists (select from mask_import_rejects r where r.import_id = i.import_id)
            order by seq limit 1 for update skip locked
        ), gone as (
            delete from mask_import_rejects where ctid = any (array(
                select r.ctid from mask_import_rejects r where r.import_id = (select import_id from file) limit {size}))
            returning line
        )
        select $1, count(*), count(*) from gone
        """
    );

    public static readonly OldRows Imports = new(
        ["mask_imports"],
        """
        with old as (
            select import_id from mask_imports i
            where updated_at < $2
              and not exists (select from mask_import_rows r where r.import_id = i.import_id)
              and not exists (select from mask_import_rejects r where r.import_id = i.import_id)
            order by seq limit {size} for update skip locked
        ), gone as (
            delete from mask_imports i using old where i.import_id = old.import_id returning i.import_id
        )
        select $1, count(*), count(*) from gone
        """
    );
}
