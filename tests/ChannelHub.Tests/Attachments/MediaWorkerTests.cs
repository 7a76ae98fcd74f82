using System.Security.Cryptography;
using System.Text.Json.Nodes;
using ChannelHub.Adapters;
using ChannelHub.Core.Events;
using ChannelHub.Core.Ids;
using ChannelHub.Storage.Attachments;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Events;

namespace ChannelHub.Tests.Attachments;

public sealed class MediaWorkerTests : IAsyncLifetime
{
    private static readonly byte[] Picture = [0x89, .. "PNG\r\n"u8, 0x1A, (byte)'\n', .. new byte[50_000]];
    private static readonly string PictureHash = Convert.ToHexStringLower(SHA256.HashData(Picture));

    private readonly MediaRig rig = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await rig.DisposeAsync();

    [Fact]
    public async Task A_file_is_fetched_after_its_message_and_an_event_tells_of_it()
    {
        Answer(Picture);
        AttachmentRow row = await rig.ReceiveAsync(file: new { Reference = "r", FileName = "../cat\u202Egnp.html", ContentType = "text/html" });
        row.State.ShouldBe((long)AttachmentState.Pending);
        row.FileName.ShouldBe("catgnp.html");

        (await rig.RunAsync()).ShouldBeTrue();
        (await rig.RunAsync()).ShouldBeFalse();

        row = rig.Row(row.Id);
        row.ShouldSatisfyAllConditions(
            () => row.State.ShouldBe((long)AttachmentState.Ready), () => row.ContentType.ShouldBe("image/png"), () => row.Size.ShouldBe(Picture.Length),
            () => row.Sha256.ShouldBe(PictureHash), () => row.Reason.ShouldBeNull());
        (await rig.ReadAsync(row)).ShouldBe(Picture);
        EventRow told = rig.Events(EventType.AttachmentReady).ShouldHaveSingleItem();
        told.IdentityId.ShouldBe(row.IdentityId);
        told.CustomerId.ShouldBe(row.IdentityId);
        JsonNode data = JsonNode.Parse(told.Data!)!;
        ((string)data["message_id"]!).ShouldBe(HubId.Format(IdPrefix.Message, row.MessageId));
        ((string)data["attachment"]!["state"]!).ShouldBe("ready");
        ((string)data["attachment"]!["sha256"]!).ShouldBe(PictureHash);
        ((string)data["attachment"]!["content_type"]!).ShouldBe("image/png");
        rig.Events(EventType.AttachmentFailed).ShouldBeEmpty();
    }

    [Fact]
    public async Task Bytes_that_come_after_their_owner_was_erased_are_not_kept()
    {
        AttachmentRow row = await rig.ReceiveAsync();
        rig.Type.OpenMedia = async (_, _) =>
        {
            await rig.Database.WriteAsync(session => Erasure.Erase(session, row.IdentityId!.Value, "test"));
            return new MediaResult.Opened(new MemoryStream(Picture));
        };

        (await rig.RunAsync()).ShouldBeTrue();

        rig.Kept().ShouldBeEmpty();
        rig.Events(EventType.AttachmentReady).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_host_that_is_busy_three_times_is_asked_a_fourth()
    {
        rig.Type.OpenMedia = (_, _) => new(rig.Type.Asked <= 3 ? new MediaResult.Later("HTTP 503") : new MediaResult.Opened(new MemoryStream(Picture)));
        AttachmentRow row = await rig.ReceiveAsync();
        foreach ((double least, double most) in new[] { (4, 6), (24, 36), (96, 144) })
        {
            (await rig.RunAsync()).ShouldBeTrue();
            (await rig.RunAsync()).ShouldBeFalse();
            rig.Row(row.Id).Reason.ShouldBe("HTTP 503");
            WaitOf(row).TotalSeconds.ShouldBeInRange(least, most);
            rig.Clock.Advance(WaitOf(row));
        }
        (await rig.RunAsync()).ShouldBeTrue();

        rig.Row(row.Id).State.ShouldBe((long)AttachmentState.Ready);
        rig.Type.Asked.ShouldBe(4);
        rig.Events(EventType.AttachmentReady).Count.ShouldBe(1);
    }

    [Fact]
    public async Task The_wait_that_a_provider_asks_for_is_kept()
    {
        rig.Type.OpenMedia = (_, _) => new(new MediaResult.Later("HTTP 429", TimeSpan.FromMinutes(7)));
        AttachmentRow row = await rig.ReceiveAsync();
        await rig.RunAsync();
        WaitOf(row).ShouldBe(TimeSpan.FromMinutes(7));
    }

    [Fact]
    public async Task What_hangs_is_given_up_at_the_deadline_and_tried_again()
    {
        var source = new StuckStream(Picture[..20_000]);
        rig.Type.OpenMedia = (_, _) => new(new MediaResult.Opened(source));
        AttachmentRow row = await rig.ReceiveAsync();
        Task<bool> run = rig.RunAsync();
        await source.Stuck;
        rig.Clock.Advance(TimeSpan.FromSeconds(59));
        run.IsCompleted.ShouldBeFalse();
        rig.Clock.Advance(TimeSpan.FromSeconds(1));
        (await run).ShouldBeTrue();

        rig.Row(row.Id).State.ShouldBe((long)AttachmentState.Pending);
        rig.Row(row.Id).Reason!.ShouldContain("60 seconds");
        NothingIsKept();
        Answer(Picture);
        await rig.RetryAsync(row.Id);
        rig.Row(row.Id).State.ShouldBe((long)AttachmentState.Ready);
    }

    [Fact]
    public async Task A_host_that_never_answers_is_given_up_at_the_deadline()
    {
        var asked = new TaskCompletionSource();
        rig.Type.OpenMedia = async (_, cancellation) =>
        {
            asked.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
            return new MediaResult.Gone("never");
        };
        AttachmentRow row = await rig.ReceiveAsync();
        Task<bool> run = rig.RunAsync();
        await asked.Task;
        rig.Clock.Advance(TimeSpan.FromSeconds(60));
        (await run).ShouldBeTrue();
        rig.Row(row.Id).State.ShouldBe((long)AttachmentState.Pending);
    }

    public static TheoryData<string> Cuts => new("a cut that is noticed", "a cut that only the length shows", "a cut that only the hash shows", "another file of the same length");

    [Theory]
    [MemberData(nameof(Cuts))]
    public async Task What_comes_wrong_is_never_kept_and_the_right_bytes_are_taken_when_they_come(string how)
    {
        byte[] other = [.. Picture];
        other[^1] ^= 1;
        object file = how.Contains("hash", StringComparison.Ordinal) || how.StartsWith("another", StringComparison.Ordinal)
            ? new { Reference = "r", Sha256 = PictureHash }
            : new { Reference = "r", Size = Picture.Length };
        rig.Type.OpenMedia = (_, _) => new(new MediaResult.Opened(
            how == "a cut that is noticed" ? new BreakingStream(Picture[..25_000]) : new MemoryStream(how.StartsWith("another", StringComparison.Ordinal) ? other : Picture[..25_000])));
        AttachmentRow row = await rig.ReceiveAsync(file: file);
        for (int i = 0; i < 3; i++)
        {
            if (i > 0)
                await rig.RetryAsync(row.Id);
            else
                await rig.RunAsync();
            rig.Row(row.Id).State.ShouldBe((long)AttachmentState.Pending);
            NothingIsKept();
        }

        Answer(Picture);
        await rig.RetryAsync(row.Id);

        rig.Row(row.Id).Sha256.ShouldBe(PictureHash);
        rig.Events(EventType.AttachmentFailed).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_comes_wrong_in_the_same_way_again_and_again_has_failed()
    {
        Answer(Picture[..25_000]);
        AttachmentRow row = await rig.ReceiveAsync(file: new { Reference = "r", Sha256 = PictureHash });
        await rig.RunAsync();
        for (int i = 0; i < 4; i++)
            await rig.RetryAsync(row.Id);

        rig.Row(row.Id).State.ShouldBe((long)AttachmentState.Failed);
        rig.Row(row.Id).Reason!.ShouldContain("hash");
        NothingIsKept();
        rig.Events(EventType.AttachmentFailed).Count.ShouldBe(1);
        rig.Events(EventType.AttachmentReady).ShouldBeEmpty();
    }

    [Fact]
    public async Task Whoever_lies_about_the_length_is_counted()
    {
        rig.Type.Allowed = rig.Type.Allowed with { MaxInboundFileBytes = 10_000 };
        long channel = await rig.AddChannelAsync();
        rig.Type.OpenMedia = (_, _) => new(new MediaResult.Opened(new EndlessStream()));
        await rig.PushAsync(channel, new { id = "m1", from = "anna", files = new[] { new { Reference = "r", Size = 500 } } });
        await rig.RunAsync();

        EventRow told = rig.Events(EventType.AttachmentFailed).ShouldHaveSingleItem();
        JsonNode file = JsonNode.Parse(told.Data!)!["attachment"]!;
        ((string)file["state"]!).ShouldBe("refused");
        ((string)file["reason"]!).ShouldBe("it is larger than 10000 bytes");
        NothingIsKept();
        (await rig.RunAsync()).ShouldBeFalse();
    }

    [Fact]
    public async Task The_greatest_length_is_still_taken()
    {
        rig.Type.Allowed = rig.Type.Allowed with { MaxInboundFileBytes = Picture.Length };
        long channel = await rig.AddChannelAsync();
        Answer(Picture);
        await rig.PushAsync(channel, new { id = "m1", from = "anna", files = new[] { new { Reference = "r" } } });
        await rig.RunAsync();
        rig.Events(EventType.AttachmentReady).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_program_is_refused_and_not_kept()
    {
        Answer([.. "MZ"u8, 0x90, 0, .. new byte[500]]);
        AttachmentRow row = await rig.ReceiveAsync(file: new { Reference = "r", FileName = "photo.jpg", ContentType = "image/jpeg" });
        await rig.RunAsync();

        rig.Row(row.Id).State.ShouldBe((long)AttachmentState.Refused);
        rig.Row(row.Id).Reason.ShouldBe("its type is not accepted");
        NothingIsKept();
    }

    [Fact]
    public async Task A_channel_may_refuse_more()
    {
        rig.Type.Allowed = rig.Type.Allowed with { RefusedTypes = ["image/*"] };
        long channel = await rig.AddChannelAsync();
        Answer(Picture);
        await rig.PushAsync(channel, new { id = "m1", from = "anna", files = new[] { new { Reference = "r", ContentType = "text/plain" } } });
        await rig.RunAsync();
        rig.Events(EventType.AttachmentFailed).Count.ShouldBe(1);
        NothingIsKept();
    }

    [Fact]
    public async Task What_a_page_could_hide_in_is_kept_as_bytes_without_a_type()
    {
        Answer("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"u8.ToArray());
        AttachmentRow row = await rig.ReceiveAsync(file: new { Reference = "r", FileName = "cat.png", ContentType = "image/png" });
        await rig.RunAsync();
        rig.Row(row.Id).State.ShouldBe((long)AttachmentState.Ready);
        rig.Row(row.Id).ContentType.ShouldBe("application/octet-stream");
    }

    [Fact]
    public async Task What_is_gone_has_failed_at_once()
    {
        rig.Type.OpenMedia = (_, _) => new(new MediaResult.Gone("HTTP 404"));
        AttachmentRow row = await rig.ReceiveAsync();
        await rig.RunAsync();
        rig.Row(row.Id).State.ShouldBe((long)AttachmentState.Failed);
        rig.Row(row.Id).Reason.ShouldBe("HTTP 404");
        rig.Type.Asked.ShouldBe(1);
    }

    [Fact]
    public async Task An_adapter_that_throws_is_tried_again_and_its_words_stay_inside()
    {
        rig.Type.OpenMedia = (_, _) => throw new InvalidOperationException("https://api.example/file/botSECRET/x");
        AttachmentRow row = await rig.ReceiveAsync();
        await rig.RunAsync();
        rig.Row(row.Id).State.ShouldBe((long)AttachmentState.Pending);
        rig.Row(row.Id).Reason.ShouldBe("the download broke off");
    }

    [Fact]
    public async Task A_file_is_tried_to_the_last_moment_and_then_it_has_expired()
    {
        rig.Type.OpenMedia = (_, _) => new(new MediaResult.Later("HTTP 503"));
        AttachmentRow row = await rig.ReceiveAsync();
        await rig.RunAsync();
        while (rig.Row(row.Id).State == (long)AttachmentState.Pending)
            await rig.RetryAsync(row.Id);

        rig.Clock.GetUtcNow().ToUnixTimeMilliseconds().ShouldBe(row.ExpiresAt!.Value);
        rig.Type.Asked.ShouldBeInRange(24, 36);
        rig.Row(row.Id).State.ShouldBe((long)AttachmentState.Failed);
        rig.Row(row.Id).Reason.ShouldBe("expired at the provider: HTTP 503");
        rig.Events(EventType.AttachmentFailed).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_file_older_than_its_expiry_is_still_tried_once()
    {
        Answer(Picture);
        await rig.PushAsync(rig.Channel, new { id = "old", from = "anna", at = rig.Clock.GetUtcNow().AddDays(-40), files = new[] { new { Reference = "r" } } });
        await rig.RunAsync();
        rig.Events(EventType.AttachmentReady).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_disabled_channel_fetches_nothing_until_it_is_enabled()
    {
        Answer(Picture);
        AttachmentRow row = await rig.ReceiveAsync();
        await rig.EnableAsync(enabled: false);
        await rig.RunAsync();
        rig.Type.Asked.ShouldBe(0);
        rig.Row(row.Id).Reason.ShouldBe("its channel is disabled");
        await rig.EnableAsync(enabled: true);
        await rig.RetryAsync(row.Id);
        rig.Row(row.Id).State.ShouldBe((long)AttachmentState.Ready);
    }

    [Fact]
    public async Task Files_of_a_removed_channel_fail_when_they_expire()
    {
        AttachmentRow row = await rig.ReceiveAsync();
        await rig.RetireAsync();
        await rig.RunAsync();
        while (rig.Row(row.Id).State == (long)AttachmentState.Pending)
            await rig.RetryAsync(row.Id);
        rig.Row(row.Id).Reason.ShouldBe("expired at the provider: its channel has been removed");
    }

    [Fact]
    public async Task A_kill_in_the_middle_leaves_nothing_partial_and_costs_no_time()
    {
        var source = new StuckStream(Picture[..20_000]);
        rig.Type.OpenMedia = (_, _) => new(new MediaResult.Opened(source));
        AttachmentRow row = await rig.ReceiveAsync();
        using var stop = new CancellationTokenSource();
        Task<bool> run = rig.RunAsync(stop.Token);
        await source.Stuck;
        (await rig.RunAsync(CancellationToken.None)).ShouldBeFalse(); // it is leased
        Directory.GetFiles(rig.Folder.Temporary).Length.ShouldBe(1);
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => run);
        rig.Row(row.Id).State.ShouldBe((long)AttachmentState.Pending);

        await rig.RestartAsync();
        await rig.Database.WriteAsync(PendingFiles.EndLeases);
        NothingIsKept();
        Answer(Picture);
        (await rig.RunAsync()).ShouldBeTrue();
        rig.Row(row.Id).Sha256.ShouldBe(PictureHash);
    }

    [Fact]
    public async Task A_lease_that_has_ended_is_anothers()
    {
        AttachmentRow row = await rig.ReceiveAsync();
        AttachmentRow first = (await Lease())!;
        (await Lease()).ShouldBeNull();
        rig.Clock.Advance(TimeSpan.FromSeconds(31));
        AttachmentRow second = (await Lease())!;
        second.Id.ShouldBe(row.Id);

        // The first one comes back late: what it found no longer counts.
        AttachmentRow late = first with { State = (long)AttachmentState.Failed, Reason = "late" };
        (await rig.Database.WriteAsync(session => PendingFiles.Settle(session, late, "{}"))).ShouldBeFalse();
        rig.Row(row.Id).State.ShouldBe((long)AttachmentState.Pending);
        rig.Events(EventType.AttachmentFailed).ShouldBeEmpty();

        Task<AttachmentRow?> Lease() => rig.Database.WriteAsync(session => PendingFiles.Lease(session, session.Now + 30_000));
    }

    [Fact]
    public async Task The_one_that_waits_longest_is_first()
    {
        var asked = new List<string>();
        rig.Type.OpenMedia = (reference, _) =>
        {
            asked.Add(reference);
            return new(new MediaResult.Gone("HTTP 404"));
        };
        foreach (string id in (string[])["a", "b", "c"])
        {
            await rig.ReceiveAsync(id);
            rig.Clock.Advance(TimeSpan.FromSeconds(1));
        }
        while (await rig.RunAsync())
        {
        }
        asked.ShouldBe(["ref-a", "ref-b", "ref-c"]);
    }

    [Fact]
    public async Task A_disk_that_is_full_is_no_reason_to_lose_the_file()
    {
        Answer(Picture);
        AttachmentRow row = await rig.ReceiveAsync();
        Directory.Delete(rig.Folder.Temporary);
        await rig.RunAsync();
        rig.Row(row.Id).Reason.ShouldBe("the hub cannot store it now");
        Directory.CreateDirectory(rig.Folder.Temporary);
        await rig.RetryAsync(row.Id);
        rig.Row(row.Id).State.ShouldBe((long)AttachmentState.Ready);
    }

    private void Answer(byte[] content) => rig.Type.OpenMedia = (_, _) => new(new MediaResult.Opened(new DrippingStream(content, 7000)));

    private TimeSpan WaitOf(AttachmentRow row) => DateTimeOffset.FromUnixTimeMilliseconds(rig.DueAt(row.Id)!.Value) - rig.Clock.GetUtcNow();

    private void NothingIsKept()
    {
        rig.Kept().ShouldBeEmpty();
        Directory.GetFiles(rig.Folder.Temporary).ShouldBeEmpty();
    }
}
