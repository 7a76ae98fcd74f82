using System.Text.Json.Serialization;
using ChannelHub.Adapters;

namespace ChannelHub.Storage.Engine;

/// <summary>JSON that stands in columns.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
[JsonSerializable(typeof(Dictionary<string, string>))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(IReadOnlyList<MessageRecipient>))]
[JsonSerializable(typeof(StoredFault))]
internal sealed partial class StoredJson : JsonSerializerContext;

/// <summary>Why a message or part failed, as it stands in a row and in the API.</summary>
public sealed record StoredFault(string Kind, string Detail);
