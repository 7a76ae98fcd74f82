using ChannelHub.Options;

namespace ChannelHub.WebChat;

/// <summary>
/// How much anybody may ask of a chat. Kept in memory: a restart forgives, and nothing here decides what is stored.
/// </summary>
internal sealed class ChatLimits(HubOptions options, TimeProvider clock)
{
    private static readonly TimeSpan TenMinutes = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private readonly WebChatOptions limits = options.Webchat;
    private readonly Buckets sessionsOfAddress = new(clock, options.Webchat.SessionsPerAddress, TenMinutes);
    private readonly Buckets sessionsOfNetwork = new(clock, options.Webchat.SessionsPerNetwork, TimeSpan.FromHours(1));
    private readonly Buckets resumes = new(clock, options.Webchat.SessionsPerAddress, TenMinutes);
    private readonly Buckets conversations = new(clock, options.Webchat.ConversationsPerAddress, TimeSpan.FromHours(12));
    private readonly Buckets messages = new(clock, options.Webchat.MessageBurst, TimeSpan.FromSeconds(options.Webchat.MessageBurst / options.Webchat.MessagesPerSecond));
    private readonly Buckets messagesLong = new(clock, options.Webchat.MessagesPerVisitor, TenMinutes);
    private readonly Buckets typing = new(clock, 1, TimeSpan.FromSeconds(options.Webchat.TypingSeconds));
    private readonly Buckets reads = new(clock, ReadBurst, TimeSpan.FromSeconds((double)options.Webchat.ReadSeconds * ReadBurst));
    private readonly Buckets identities = new(clock, options.Webchat.IdentitiesPerVisitor, TimeSpan.FromHours(1));
    private readonly Buckets claims = new(clock, options.Webchat.ClaimsPerVisitor, TimeSpan.FromHours(1));
    private readonly Buckets claimsOfAddress = new(clock, options.Webchat.ClaimsPerAddress, TimeSpan.FromHours(1));
    private readonly Buckets codes = new(clock, options.Webchat.ClaimsPerVisitor * options.Codes.Tries * 2, TimeSpan.FromHours(1));
    private readonly Buckets tickets = new(clock, TicketBurst, TimeSpan.FromMinutes(1));
    private readonly Buckets badIdentities = new(clock, options.Webchat.BadIdentities, TimeSpan.FromMinutes(options.Webchat.BadIdentityMinutes * options.Webchat.BadIdentities));
    private readonly Buckets uploads = new(clock, options.Webchat.UploadsPerVisitor, Day);
    private readonly Buckets uploadBytes = new(clock, options.Webchat.UploadBytesPerVisitor, Day);
    private readonly Buckets uploadsOfAddress = new(clock, options.Webchat.UploadsPerAddress, Day);
    private readonly Buckets uploadBytesOfAddress = new(clock, options.Webchat.UploadBytesPerAddress, Day);

    // A visitor who scrolls reads in bursts.
    private const int ReadBurst = 5;
    private const int TicketBurst = 20;

    /// <summary>A new visitor. Null, or the time to wait.</summary>
    public TimeSpan? NewVisitor(ChatCall call) => sessionsOfAddress.Take(call.Address) ?? sessionsOfNetwork.Take(call.Network);

    public TimeSpan? Resume(Visitor visitor) => resumes.Take(visitor.LimitKey);

    public TimeSpan? SignIn(Visitor visitor) => identities.Take(visitor.LimitKey);

    /// <summary>Whether an address has shown so many bad identity tokens that no more are looked at for a while; one is forgiven in that while.</summary>
    public TimeSpan? BadIdentities(ChatCall call) =>
        badIdentities.Left(call.Address) < 1 ? TimeSpan.FromMinutes(limits.BadIdentityMinutes) : null;

    public void BadIdentity(ChatCall call) => badIdentities.Charge(call.Address, 1);

    public TimeSpan? Message(Visitor visitor) => messages.Take(visitor.LimitKey) ?? messagesLong.Take(visitor.LimitKey);

    public TimeSpan? Conversation(ChatCall call) => conversations.Take(call.Address);

    public TimeSpan? Typing(Visitor visitor) => typing.Take(visitor.LimitKey);

    public TimeSpan? Read(Visitor visitor) => reads.Take(visitor.LimitKey);

    public TimeSpan? Claim(ChatCall call) => claims.Take(call.Visitor.LimitKey) ?? claimsOfAddress.Take(call.Address);

    /// <summary>A code that a visitor typed. What a try may reveal is limited where codes are kept; this only spares the store.</summary>
    public TimeSpan? Code(Visitor visitor) => codes.Take(visitor.LimitKey);

    public TimeSpan? Ticket(Visitor visitor) => tickets.Take(visitor.LimitKey);

    /// <summary>A file of a visitor; how large is known only once it is there.</summary>
    public TimeSpan? Upload(ChatCall call) =>
        (uploadBytes.Left(call.Visitor.LimitKey) < 1 || uploadBytesOfAddress.Left(call.Address) < 1 ? TimeSpan.FromHours(1) : (TimeSpan?)null)
        ?? uploads.Take(call.Visitor.LimitKey) ?? uploadsOfAddress.Take(call.Address);

    /// <summary>The largest file that still fits.</summary>
    public long UploadRoom(ChatCall call) =>
        (long)Math.Min(limits.UploadBytes, Math.Min(uploadBytes.Left(call.Visitor.LimitKey), uploadBytesOfAddress.Left(call.Address)));

    public void Uploaded(ChatCall call, long bytes)
    {
        uploadBytes.Charge(call.Visitor.LimitKey, bytes);
        uploadBytesOfAddress.Charge(call.Address, bytes);
    }
}
