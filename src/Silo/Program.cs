using IotOrleans.Hosting;
using IotOrleans.Postgres;

try
{
    if (Backup.IsMeant(args))
    {
        await Backup.Run(args);
        return 0;
    }
    if (DatabaseAlone.IsMeant(args))
    {
        await DatabaseAlone.Run(args);
        return 0;
    }
    if (Checkup.IsMeant(args))
        return await Checkup.Run(args, Console.Out);
    await using var house = await House.Start(args);
    await house.App!.WaitForShutdownAsync();
    return 0;
}
// What the person who starts it can put right is said in a sentence; all else is our mistake and shown whole.
catch (Exception trouble)
    when (trouble is HouseException or PrivatePostgresException or PostgresMissingException or MigrationException)
{
    await Console.Error.WriteLineAsync($"IotOrleans does not start: {trouble.Message}");
    return 1;
}
