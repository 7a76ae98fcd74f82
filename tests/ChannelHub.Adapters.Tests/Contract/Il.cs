using System.Reflection;
using System.Reflection.Emit;

namespace ChannelHub.Adapters.Tests.Contract;

/// <summary>Reads what methods were compiled to.</summary>
internal static class Il
{
    private static readonly Dictionary<short, OpCode> Codes =
        typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    /// <summary>The instructions of a method, each with the method it names.</summary>
    public static IReadOnlyList<(OpCode Code, MethodBase? Named)> Of(MethodBase method)
    {
        byte[] il = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        var read = new List<(OpCode, MethodBase?)>();
        for (int at = 0; at < il.Length;)
        {
            OpCode code = Codes[il[at] == 0xFE ? unchecked((short)(0xFE00 | il[++at])) : il[at]];
            at++;
            read.Add((code, code.OperandType == OperandType.InlineMethod ? Resolve(method, BitConverter.ToInt32(il, at)) : null));
            at += code.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(il, at)),
                _ => 4,
            };
        }
        return read;
    }

    /// <summary>All methods that a method can lead to within some assemblies, itself first. Lambdas and iterators are entered too.</summary>
    public static IReadOnlyCollection<MethodBase> Reach(MethodBase from, Func<MethodBase, bool> enters)
    {
        var reached = new HashSet<MethodBase>();
        var waiting = new Stack<MethodBase>([from]);
        while (waiting.TryPop(out MethodBase? method))
        {
            if (!reached.Add(method))
                continue;
            foreach (MethodBase named in Of(method).Select(one => one.Named).OfType<MethodBase>().Where(enters))
            {
                waiting.Push(named);
                // What an iterator does stands in the object that it makes.
                if (named is ConstructorInfo && named.DeclaringType!.Name.StartsWith('<'))
                    named.DeclaringType.GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly).ToList().ForEach(waiting.Push);
            }
        }
        return reached;
    }

    private static MethodBase? Resolve(MethodBase within, int token) => within.Module.ResolveMethod(
        token, within.DeclaringType!.IsGenericType ? within.DeclaringType.GetGenericArguments() : null, within.IsGenericMethod ? within.GetGenericArguments() : null);
}
