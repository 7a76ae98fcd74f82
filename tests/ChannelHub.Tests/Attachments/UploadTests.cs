using System.Text.Json;
using ChannelHub.Attachments;
using ChannelHub.Core.Ids;
using ChannelHub.Storage.Attachments;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Tests.Attachments;

public sealed class UploadTests : IAsyncLifetime
{
    private static readonly byte[] Pdf = "%PDF-1.7 the bill"u8.ToArray();

    private readonly MediaRig rig = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await rig.DisposeAsync();

    [Fact]
    public async Task An_upload_is_kept_with_what_its_bytes_say_and_a_message_takes_it()
    {
        string id = await UploadAsync(Pdf, "../bill\r\n.pdf", "text/html");
        AttachmentRow row = Row(id);
        row.ShouldSatisfyAllConditions(
            () => row.ChannelId.ShouldBe(rig.Channel), () => row.MessageId.ShouldBeNull(), () => row.FileName.ShouldBe("bill.pdf"),
            () => row.ContentType.ShouldBe("application/pdf"), () => row.Size.ShouldBe(Pdf.Length));

        // What the message claims of the file counts for nothing.
        JsonElement outcome = await SendAsync("m1", new { Stored = id, FileName = "evil.exe", ContentType = "text/html", Size = 1, Sha256 = "00" });

        outcome.GetProperty("kind").GetString().ShouldBe("Stored");
        Row(id).MessageId.ShouldNotBeNull();
        Row(id).IdentityId.ShouldNotBeNull();
        JsonElement part = JsonSerializer.Deserialize<JsonElement>(Content("m1"))[0].GetProperty("attachment");
        part.GetProperty("file_name").GetString().ShouldBe("bill.pdf");
        part.GetProperty("content_type").GetString().ShouldBe("application/pdf");
        part.GetProperty("size").GetInt64().ShouldBe(Pdf.Length);
        part.GetProperty("state").GetString().ShouldBe("ready");
    }

    [Fact]
    public async Task The_same_message_again_is_a_duplicate_and_not_a_fault()
    {
        string id = await UploadAsync(Pdf);
        await SendAsync("m1", new { Stored = id });
        (await SendAsync("m1", new { Stored = id })).GetProperty("kind").GetString().ShouldBe("Duplicate");
    }

    [Fact]
    public async Task An_edit_may_keep_the_file_of_its_message()
    {
        string id = await UploadAsync(Pdf);
        await SendAsync("m1", new { Stored = id });
        JsonElement[] edited = await rig.PushAsync(rig.Channel, new { id = "e1", edits = "m1", from = "anna", files = new[] { new { Stored = id } } });
        edited[0].GetProperty("kind").GetString().ShouldBe("Stored");
    }

    [Fact]
    public async Task A_file_that_another_message_has_is_not_given_again()
    {
        string id = await UploadAsync(Pdf);
        await SendAsync("m1", new { Stored = id });
        await ShouldBeRejectedAsync("m2", id);
    }

    [Fact]
    public async Task A_file_of_another_channel_is_no_file_here()
    {
        long other = await rig.AddChannelAsync();
        JsonElement[] kept = await rig.PushAsync(other, new { upload = Convert.ToBase64String(Pdf), name = "x.pdf" });
        await ShouldBeRejectedAsync("m1", kept[0].GetProperty("upload").GetString()!);
    }

    [Theory]
    [InlineData("att_0000000000000")]
    [InlineData("msg_0000000000000")]
    [InlineData("")]
    [InlineData("nonsense")]
    public async Task An_id_that_is_none_is_told_to_the_sender(string id) => await ShouldBeRejectedAsync("m1", id);

    [Fact]
    public async Task A_file_of_the_shop_cannot_be_taken_through_a_channel()
    {
        var uploads = rig.Get<UploadStore>();
        using StoredFile file = (await uploads.WriteAsync(new MemoryStream(Pdf), CancellationToken.None))!;
        AttachmentRow row = await uploads.InsertAsync(file, null, "secret.pdf");
        await ShouldBeRejectedAsync("m1", HubId.Format(IdPrefix.Attachment, row.Id));
    }

    [Fact]
    public async Task A_file_still_to_be_fetched_is_not_there_to_be_named()
    {
        AttachmentRow row = await rig.ReceiveAsync("m0");
        await ShouldBeRejectedAsync("m1", HubId.Format(IdPrefix.Attachment, row.Id));
    }

    [Fact]
    public async Task A_bad_file_harms_no_other_entry()
    {
        JsonElement[] outcomes = await rig.PushAsync(rig.Channel,
            new { id = "m1", from = "anna", files = new[] { new { Stored = "att_0000000000000" } } },
            new { id = "m2", from = "anna", files = Array.Empty<object>() });
        outcomes.Select(o => o.GetProperty("kind").GetString()).ShouldBe(["Rejected", "Stored"]);
    }

    [Fact]
    public async Task Uploads_have_the_limits_of_their_channel()
    {
        rig.Type.Allowed = rig.Type.Allowed with { MaxInboundFileBytes = 10, RefusedTypes = ["application/pdf"] };
        long channel = await rig.AddChannelAsync();
        JsonElement[] outcomes = await rig.PushAsync(channel,
            new { upload = Convert.ToBase64String(new byte[11]), name = "a.bin" },
            new { upload = Convert.ToBase64String("%PDF-1.7"u8), name = "a.bin" },
            new { upload = Convert.ToBase64String("hi"u8), name = "run.exe" },
            new { upload = Convert.ToBase64String(new byte[10]), name = "a.bin" });

        outcomes.Select(o => o.GetProperty("kind").GetString()).ShouldBe(["Rejected", "Rejected", "Rejected", "Uploaded"]);
        outcomes[0].GetProperty("error").GetString().ShouldBe("body must be at most 10 bytes");
        outcomes[1].GetProperty("error").GetString().ShouldBe("body is of a type that is not accepted");
        rig.Kept().Length.ShouldBe(1);
    }

    [Fact]
    public async Task What_nobody_takes_is_removed_with_its_bytes_and_what_is_used_stays()
    {
        string unclaimed = await UploadAsync(Pdf);
        string used = await UploadAsync("another file"u8.ToArray());
        await SendAsync("m1", new { Stored = used });
        string twin = await UploadAsync("another file"u8.ToArray());
        rig.Clock.Advance(TimeSpan.FromHours(23));
        string young = await UploadAsync("young"u8.ToArray());
        (await CleanAsync()).ShouldBeFalse();
        rig.Kept().Length.ShouldBe(3);

        rig.Clock.Advance(TimeSpan.FromHours(1) + TimeSpan.FromMilliseconds(1));
        await CleanAsync();

        Find(unclaimed).ShouldBeNull();
        Find(twin).ShouldBeNull();
        rig.Kept().ShouldBe([Row(used).Sha256!, Row(young).Sha256!], ignoreOrder: true);
        (await rig.ReadAsync(Row(used))).ShouldBe("another file"u8.ToArray());
    }

    [Fact]
    public async Task Bytes_that_no_row_names_are_found_on_their_shelf()
    {
        (await rig.Get<FileStore>().WriteAsync(new MemoryStream(Pdf), 100, CancellationToken.None))!.Dispose(); // and then the process was killed
        string used = await UploadAsync("used"u8.ToArray());
        await SendAsync("m1", new { Stored = used });
        await AgeAsync(rig.Clock.GetUtcNow() - TimeSpan.FromHours(23));
        for (int i = 0; i < 256; i++)
            await CleanAsync();
        rig.Kept().Length.ShouldBe(2);

        await AgeAsync(rig.Clock.GetUtcNow() - TimeSpan.FromHours(25));
        for (int i = 0; i < 256; i++)
            await CleanAsync();
        rig.Kept().ShouldBe([Row(used).Sha256!]);
    }

    private Task AgeAsync(DateTimeOffset written)
    {
        foreach (string file in Directory.GetFiles(rig.Folder.Attachments, "*", SearchOption.AllDirectories))
            File.SetLastWriteTimeUtc(file, written.UtcDateTime);
        return rig.Database.WriteAsync(session => session.Execute("UPDATE file SET kept_at = @at", new { at = written.ToUnixTimeMilliseconds() }));
    }

    private Task<bool> CleanAsync() => rig.Get<FileCleaner>().RunOnceAsync(CancellationToken.None);

    private async Task<string> UploadAsync(byte[] content, string? name = "a.pdf", string? type = null)
    {
        JsonElement[] outcomes = await rig.PushAsync(rig.Channel, new { upload = Convert.ToBase64String(content), name, type });
        outcomes[0].GetProperty("kind").GetString().ShouldBe("Uploaded");
        return outcomes[0].GetProperty("upload").GetString()!;
    }

    private async Task<JsonElement> SendAsync(string id, object file) => (await rig.PushAsync(rig.Channel, new { id, from = "anna", files = new[] { file } }))[0];

    private async Task ShouldBeRejectedAsync(string message, string file)
    {
        JsonElement outcome = await SendAsync(message, new { Stored = file });
        outcome.GetProperty("kind").GetString().ShouldBe("Rejected");
        outcome.GetProperty("error").GetString()!.ShouldStartWith("file_id ");
        rig.Database.Read(session => session.Find<long>("SELECT count(*) FROM message WHERE external_id = @message", new { message })).ShouldBe(0);
    }

    private string Content(string message) =>
        rig.Database.Read(session => session.Find<string>("SELECT content FROM message WHERE external_id = @message", new { message }))!;

    private AttachmentRow? Find(string id)
    {
        HubId.TryParse(IdPrefix.Attachment, id, out long number).ShouldBeTrue();
        return rig.Database.Read(session => AttachmentStore.Find(session, number));
    }

    private AttachmentRow Row(string id) => Find(id)!;
}
