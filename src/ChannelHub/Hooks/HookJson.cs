using System.Text.Json.Serialization;

namespace ChannelHub.Hooks;

[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
[JsonSerializable(typeof(Dictionary<string, string>))]
internal sealed partial class HookJson : JsonSerializerContext;
