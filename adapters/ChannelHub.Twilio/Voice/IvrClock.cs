using System.Globalization;

namespace ChannelHub.Twilio;

/// <summary>Whether somebody is there at a time. Pure; the time zone is looked up once.</summary>
internal sealed class IvrClock
{
    private readonly IvrHours? hours;
    private readonly TimeZoneInfo zone;

    public IvrClock(IvrHours? hours)
    {
        this.hours = hours;
        IsZoneKnown = TimeZoneInfo.TryFindSystemTimeZoneById(hours?.TimeZone ?? "UTC", out TimeZoneInfo? found);
        zone = found ?? TimeZoneInfo.Utc;
    }

    /// <summary>False where the machine does not know the zone, so that UTC takes its place; a probe tells.</summary>
    public bool IsZoneKnown { get; }

    public bool IsOpen(DateTimeOffset at)
    {
        if (hours is null || hours.Open.Count == 0)
            return true;
        DateTime local = TimeZoneInfo.ConvertTime(at, zone).DateTime;
        return hours.Open.Any(span => Covers(span, local));
    }

    // A span that goes past midnight belongs to the day on which it began, holidays too.
    private bool Covers(IvrSpan span, DateTime local)
    {
        if (!TimeSpan.TryParseExact(span.From, "hh\\:mm", CultureInfo.InvariantCulture, out TimeSpan from))
            return false;
        TimeSpan to = span.To == "24:00" ? TimeSpan.FromDays(1) : TimeSpan.TryParseExact(span.To, "hh\\:mm", CultureInfo.InvariantCulture, out TimeSpan end) ? end : from;
        if (from < to)
            return Begins(span, local) && local.TimeOfDay >= from && local.TimeOfDay < to;
        return from > to && ((Begins(span, local) && local.TimeOfDay >= from) || (Begins(span, local.AddDays(-1)) && local.TimeOfDay < to));
    }

    private bool Begins(IvrSpan span, DateTime day) =>
        day.DayOfWeek == span.Day && !hours!.Holidays.Contains(day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), StringComparer.Ordinal);
}
