using ChannelHub.Mail.Mime;
using ChannelHub.Mail.Reading;

namespace ChannelHub.Mail.Tests.Corpora;

/// <summary>Asks a mail for everything it can tell, so that anything lazy is read too.</summary>
internal static class Touch
{
    public static long Everything(MailContent content)
    {
        long size = content.Text.Length + (content.Html?.Length ?? 0);
        Stack<MimeMessage> open = new([content.Message]);
        while (open.TryPop(out MimeMessage? message))
        {
            size += message.Subject.Length + message.From.Count + message.To.Count + message.Cc.Count + message.ReplyTo.Count;
            size += message.References.Count + message.InReplyTo.Count + (message.MessageId?.Length ?? 0) + (message.Date?.Year ?? 0);
            foreach (MimePart part in message.Root.Walk())
            {
                foreach (HeaderField field in part.Headers)
                    size += field.Name.Length + field.Text.Length;
                size += part.Decode().Length + (part.FileName?.Length ?? 0) + (part.ContentId?.Length ?? 0);
                size += FileNames.Safe(part.FileName, part.MediaType).Length + (part.IsText ? part.Text().Length : 0);
                if (part.Message is not null)
                    open.Push(part.Message);
            }
        }
        foreach (MailAttachment file in content.Attachments)
            size += file.SafeName.Length + file.Content().Length;
        return size;
    }
}
