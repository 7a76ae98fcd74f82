using System.Text.Json;
using ChannelHub.Adapters;
using ChannelHub.Api;
using ChannelHub.Security;
using ChannelHub.Storage.Channels;
using ChannelHub.Storage.Engine;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChannelHub.Channels;

/// <summary><c>/v1/channels</c>: making, changing and retiring channels.</summary>
public sealed class ChannelsApi(Database database, ChannelDirectory channels, ChannelTypes types, ChannelSettings settings, ChannelView view)
{
    private const int LongestName = 200;

    public static void Map(IEndpointRouteBuilder app)
    {
        ChannelsApi api = app.ServiceProvider.GetRequiredService<ChannelsApi>();
        RouteGroupBuilder group = app.MapGroup("/v1/channels").WithTags("Channels");
        group.MapGet("", api.List).RequireScope(Scopes.ChannelsRead).WithSummary("List the channels, oldest first");
        group.MapPost("", api.CreateAsync).RequireScope(Scopes.ChannelsAdmin).WithSummary("Make a channel; nobody is called");
        group.MapGet("{id}", api.Get).RequireScope(Scopes.ChannelsRead).WithSummary("Show a channel");
        group.MapPatch("{id}", api.ChangeAsync).RequireScope(Scopes.ChannelsAdmin).WithSummary("Change a channel; new settings let a paused one go on");
        group.MapDelete("{id}", api.RetireAsync).RequireScope(Scopes.ChannelsAdmin).WithSummary("Retire a channel: its history stays, its secrets go");
    }

    private Results<Ok<Page<ChannelShape>>, ProblemHttpResult> List(HttpContext context, string? cursor, string? limit)
    {
        if (!Paging.TryLimit(limit, out int size, out ProblemHttpResult? problem))
            return problem;
        Span<long> after = [0];
        if (cursor is not null && !Paging.TryDecode(cursor, after, out problem))
            return problem;
        long beyond = after[0];
        LiveChannel[] found = [.. channels.All.Where(c => c.Id > beyond).Take(size + 1)];
        ChannelShape[] page = [.. found.Take(size).Select(c => view.Show(context, c))];
        return TypedResults.Ok(new Page<ChannelShape>(page, found.Length > size ? Paging.Encode(found[size - 1].Id) : null));
    }

    private Results<Ok<ChannelShape>, ProblemHttpResult> Get(HttpContext context, string id)
    {
        if (channels.Find(id) is not { } channel)
            return ChannelView.NotFound();
        return view.Answer(context, channel);
    }

    private async Task<Results<Created<ChannelShape>, ProblemHttpResult>> CreateAsync(HttpContext context, NewChannel given)
    {
        long id = database.Ids.Next();
        List<FieldError> errors = [.. NameErrors(given.Name, required: true)];
        ChannelType? type = null;
        if (string.IsNullOrEmpty(given.Type))
            errors.Add(new FieldError("type", "is required"));
        else if (!types.TryGet(given.Type, out type))
            errors.Add(new FieldError("type", "there is no such channel type; there are " + string.Join(", ", types.All.Select(t => t.Info.Id))));
        SettingsResult? read = type is null ? null : settings.Read(type, id, OrEmpty(given.Settings));
        if (read is SettingsResult.Refused refused)
            errors.AddRange(refused.Errors);
        if (errors.Count > 0)
            return Problem.Invalid(errors);

        long now = database.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        string stored = ((SettingsResult.Accepted)read!).Stored;
        var row = new ChannelRow(id, type!.Info.Id, given.Name!.Trim(), stored, given.Enabled is false ? 0 : 1, ChannelStates.Ok, null, null, 1, now, now, null);
        string actor = Caller.Of(context).Name;
        ChannelShape shape = view.Show(context, new LiveChannel(row, type, Account: null, Halves: null, DefaultCountry: null));
        string location = "/v1/channels/" + shape.Id;
        IdempotencyClaim? claim = IdempotencyClaim.Of(context);
        await database.WriteAsync(session =>
        {
            ChannelStore.Insert(session, row);
            ChannelStore.Log(session, id, "info", "created", "by " + actor);
            claim?.Complete(session, StatusCodes.Status201Created, location, shape, EntityTag.Of(row.Version));
        });
        channels.Reload(id);
        EntityTag.Write(context, row.Version);
        return TypedResults.Created(location, shape);
    }

    private async Task<Results<Ok<ChannelShape>, ProblemHttpResult>> ChangeAsync(HttpContext context, string id, ChannelPatch patch)
    {
        string actor = Caller.Of(context).Name;
        while (true)
        {
            // Not the directory's row: that one may speak of a trouble of this moment, such as a missing plug-in.
            if (channels.Find(id) is not { } channel || database.Read(session => ChannelStore.Find(session, channel.Id)) is not { } row)
                return ChannelView.NotFound();
            if (!EntityTag.Allows(context, row.Version))
                return Problem.LostRace();
            if (channel.Type is null && patch.Settings.ValueKind != JsonValueKind.Undefined)
                return Problem.Conflict("channel-type-missing", $"The channel type '{row.Type}' is not here, so its settings cannot be checked; is its plug-in missing?");
            List<FieldError> errors = Apply(patch, channel, ref row);
            if (errors.Count > 0)
                return Problem.Invalid(errors);
            ChannelRow changed = row;
            bool newSettings = patch.Settings.ValueKind != JsonValueKind.Undefined;
            bool saved = await database.WriteAsync(session => Save(session, changed, newSettings, actor));
            channel = channels.Reload(channel.Id);
            if (saved)
                return view.Answer(context, channel);
            // Somebody else was faster: once more, on top of what they made of it.
        }
    }

    private async Task<Results<NoContent, ProblemHttpResult>> RetireAsync(HttpContext context, string id)
    {
        if (channels.Find(id) is not { } channel)
            return ChannelView.NotFound();
        string actor = Caller.Of(context).Name;
        ProblemHttpResult? problem = await database.WriteAsync(session =>
        {
            if (ChannelStore.Find(session, channel.Id) is not { } row)
                return ChannelView.NotFound();
            if (!EntityTag.Allows(context, row.Version))
                return Problem.LostRace();
            ChannelStore.Retire(session, channel.Id);
            ChannelStore.Log(session, channel.Id, "info", "retired", "by " + actor);
            return null;
        });
        channels.Reload(channel.Id);
        return problem is null ? TypedResults.NoContent() : problem;
    }

    private List<FieldError> Apply(ChannelPatch patch, LiveChannel channel, ref ChannelRow row)
    {
        List<FieldError> errors = [.. NameErrors(patch.Name, required: false)];
        if (patch.Type is not null && patch.Type != row.Type)
            errors.Add(new FieldError("type", "cannot be changed; make another channel"));
        if (patch.Settings.ValueKind != JsonValueKind.Undefined)
        {
            SettingsResult read = settings.Read(channel.Type!, row.Id, patch.Settings, row.Settings);
            if (read is SettingsResult.Accepted accepted)
                row = row with { Settings = accepted.Stored };
            else
                errors.AddRange(((SettingsResult.Refused)read).Errors);
        }
        row = row with
        {
            Name = patch.Name?.Trim() ?? row.Name,
            Enabled = patch.Enabled is { } enabled ? (enabled ? 1 : 0) : row.Enabled,
            UpdatedAt = database.Clock.GetUtcNow().ToUnixTimeMilliseconds(),
        };
        return errors;
    }

    /// <summary>False if somebody was faster. The state is this moment's, since the hub may have changed it meanwhile.</summary>
    private static bool Save(WriteSession session, ChannelRow changed, bool newSettings, string actor)
    {
        if (ChannelStore.Find(session, changed.Id) is not { } now || now.Version != changed.Version)
            return false;
        ChannelStore.Update(session, newSettings
            ? changed with { State = ChannelStates.Ok, StateReason = null }
            : changed with { State = now.State, StateReason = now.StateReason });
        ChannelStore.Log(session, changed.Id, "info", "changed", "by " + actor);
        if (newSettings && ChannelHealth.Recovery(now.State) is { } recovery)
            ChannelEvents.Append(session, recovery, changed.Id, "the settings were changed by " + actor);
        return true;
    }

    private static IEnumerable<FieldError> NameErrors(string? name, bool required)
    {
        if (name is null ? required : string.IsNullOrWhiteSpace(name))
            yield return new FieldError("name", "is required");
        else if (name?.Trim().Length > LongestName)
            yield return new FieldError("name", $"must have at most {LongestName} characters");
    }

    private static JsonElement OrEmpty(JsonElement settings) =>
        settings.ValueKind == JsonValueKind.Undefined ? JsonSerializer.SerializeToElement(new Dictionary<string, string>()) : settings;
}
