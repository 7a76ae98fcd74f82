using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;

namespace ChannelHub.Core.Tests;

/// <summary>Properties run over the same cases every time, so that what fails once can be looked at again.</summary>
internal static class Property
{
    private const ulong Seed = 20260701;
    private const ulong Gamma = 9345670101;

    /// <summary>Checks every generated list; a failing one is shown with whatever is not needed left out.</summary>
    public static void HoldsForLists<T>(int cases, Gen<T> item, int longest, Action<T[]> check) =>
        Check.One(Fixed(cases), Prop.ForAll(Arb.From(Lists(item, longest), Shorter), check));

    public static void Holds<T>(int cases, Gen<T> gen, Action<T> check) =>
        Check.One(Fixed(cases), Prop.ForAll(Arb.From(gen), check));

    private static Gen<T[]> Lists<T>(Gen<T> item, int longest) =>
        from length in Gen.Choose(0, longest)
        from items in item.ArrayOf(length)
        select items;

    private static IEnumerable<T[]> Shorter<T>(T[] items) =>
        Enumerable.Range(0, items.Length).Select(left => items.Where((_, index) => index != left).ToArray());

    private static Config Fixed(int cases) => Config.QuickThrowOnFailure
        .WithMaxTest(cases)
        .WithReplay(FSharpOption<Replay>.Some(new Replay(new Rnd(Seed, Gamma), FSharpOption<int>.None)));
}
