using ChannelHub.Channels;
using ChannelHub.Operation;
using ChannelHub.Options;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Outbox;

namespace ChannelHub.Outbox;

/// <summary>
/// Works through the outbox in rounds: looks at the channels that have something due, marks up to as many units as may begin as being sent, all in
/// one durable write, and only then lets them go. It never waits for a provider.
/// </summary>
public sealed class Dispatcher(Database database, Lanes lanes, SendRunner runner, HubOptions options, Random random, ILogger<Dispatcher> log) : IWorker
{
    private const int MostInRound = 256;

    private static readonly TimeSpan LongestIdle = TimeSpan.FromSeconds(5);

    private bool recovered;
    private int first;
    private long wakeAt;

    public string Name => "outbox";

    /// <summary>Until the next unit is due, or may go.</summary>
    public TimeSpan Idle => TimeSpan.FromMilliseconds(Math.Clamp(wakeAt - Now, 1, (long)LongestIdle.TotalMilliseconds));

    /// <summary>One round. The units it lets go are answered and recorded in the background.</summary>
    public async Task<bool> RunOnceAsync(CancellationToken cancellation)
    {
        if (!recovered)
            await RecoverAsync();
        bool settled = await SettleExpiredAsync();
        settled |= await GiveUpRetiredAsync();
        Round round = Look();
        if (round.Claims.Count + round.Postponed.Count > 0)
            await LetGoAsync(round);
        return settled || round.Claims.Count + round.Postponed.Count > 0;
    }

    /// <summary>
    /// What nodes that are no more had marked as being sent is not sent again, unless the provider would notice.
    /// </summary>
    private async Task RecoverAsync()
    {
        int found = await database.WriteAsync(OutboxStore.EndLeases);
        if (found > 0)
            OutboxLog.FoundSending(log, found);
        lanes.Retire(database.Read(OutboxStore.Channels));
        recovered = true;
    }

    private async Task<bool> SettleExpiredAsync()
    {
        long now = Now;
        List<OutboxRow> expired = database.Read(session => OutboxStore.Expired(session, now, MostInRound));
        if (expired.Count == 0)
            return false;
        var outcomes = expired.ConvertAll(unit => (unit, Verdict.Unconfirmed(
            "the hub stopped, or could not store the answer, while this was being sent", TryOf(unit), options.Outbox).Outcome));
        await database.WriteAsync(session =>
        {
            foreach ((OutboxRow unit, UnitOutcome outcome) in outcomes)
                SendRecords.Record(session, unit, outcome, session.Now);
        });
        foreach (long channelId in expired.Select(unit => unit.ChannelId).Distinct())
            lanes.Ring(channelId);
        return true;
    }

    private SendTry TryOf(OutboxRow unit) => SendTry.Of(unit, lanes.Deduplicates(unit.ChannelId), database.Clock.GetUtcNow(), random.NextDouble());

    private async Task<bool> GiveUpRetiredAsync()
    {
        if (!lanes.TryTakeRetired(out long channelId))
            return false;
        List<OutboxRow> left = database.Read(session => OutboxStore.Waiting(session, channelId, MostInRound));
        if (left.Count == 0)
            return false;
        lanes.Retire([channelId]); // there may be more
        string error = SentParts.Json("channel_deleted", "The channel was deleted before this was sent.");
        await database.WriteAsync(session =>
        {
            foreach (OutboxRow unit in left)
                SendRecords.GiveUp(session, unit, error);
        });
        return true;
    }

    private Round Look()
    {
        long now = Now;
        var round = new Round { Free = options.Outbox.Concurrency - runner.UnderWay };
        List<(LiveChannel Channel, ChannelLanes Of)> channels = lanes.Open();
        // Each round begins with another channel, so that none is always last to be given what is free.
        first = channels.Count == 0 ? 0 : (first + 1) % channels.Count;
        for (int i = 0; i < channels.Count && round.Claims.Count < MostInRound; i++)
        {
            (LiveChannel channel, ChannelLanes of) = channels[(first + i) % channels.Count];
            Look(channel, of, now, round);
        }
        wakeAt = round.WakeAt;
        return round;
    }

    private void Look(LiveChannel channel, ChannelLanes of, long now, Round round)
    {
        int room = Math.Min(of.Room(now, round.Free), MostInRound - round.Claims.Count);
        if (room <= 0)
        {
            round.Wake(of.WakeAt(now), now);
            return;
        }
        of.Look();
        List<OutboxRow> due = database.Read(session => OutboxStore.Due(session, channel.Id, room + 1));
        bool more = due.Count > room;
        foreach (OutboxRow unit in due.Take(room))
        {
            if (unit.DueAt > now)
            {
                of.Looked(unit.DueAt);
                more = false;
                break;
            }
            Leave leave = of.Begin(unit.IdentityId, now);
            if (leave.Granted)
            {
                round.Claims.Add(new Claim(channel, of, unit));
                round.Free--;
                continue;
            }
            of.Looked(leave.At);
            if (leave.OfRecipient)
            {
                round.Postponed.Add((unit.Id, leave.At));
                continue;
            }
            more = false;
            break;
        }
        if (more)
            of.Ring();
        round.Wake(of.WakeAt(now), now);
    }

    private async Task LetGoAsync(Round round)
    {
        Dictionary<long, OutboxRow> leased = [];
        Dictionary<long, UnitToSend> contents = [];
        try
        {
            List<OutboxRow> units = await LeaseAsync(round);
            contents = database.Read(session => UnitLoader.Load(session, [.. units.Select(unit => unit.Id)]));
            leased = units.ToDictionary(unit => unit.Id);
        }
        finally
        {
            foreach (Claim claim in round.Claims.Where(claim => !leased.ContainsKey(claim.Unit.Id)))
                claim.Of.End();
        }
        foreach (Claim claim in round.Claims)
        {
            if (leased.TryGetValue(claim.Unit.Id, out OutboxRow? unit))
                runner.Start(claim.Channel, claim.Of, unit, contents.GetValueOrDefault(unit.Id));
        }
    }

    private Task<List<OutboxRow>> LeaseAsync(Round round)
    {
        long until = Now + (options.Outbox.LeaseSeconds * 1000L);
        long[] ids = [.. round.Claims.Select(claim => claim.Unit.Id)];
        return database.WriteAsync(session =>
        {
            OutboxStore.Postpone(session, round.Postponed);
            return ids.Length == 0 ? [] : OutboxStore.Lease(session, ids, until);
        });
    }

    private long Now => database.Clock.GetUtcNow().ToUnixTimeMilliseconds();

    private sealed record Claim(LiveChannel Channel, ChannelLanes Of, OutboxRow Unit);

    private sealed class Round
    {
        public int Free { get; set; }
        public List<Claim> Claims { get; } = [];
        public List<(long Id, long DueAt)> Postponed { get; } = [];
        public long WakeAt { get; private set; } = OutboxStore.Never;

        public void Wake(long at, long now)
        {
            if (at > now)
                WakeAt = Math.Min(WakeAt, at);
        }
    }
}
