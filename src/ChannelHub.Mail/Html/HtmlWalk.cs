using AngleSharp.Dom;

namespace ChannelHub.Mail.Html;

/// <summary>
/// Goes through a tree as it is read, without recursion. It counts children itself: a node that is asked for its next sibling looks for itself among all of
/// them, and a page of very many paragraphs would take minutes.
/// </summary>
internal static class HtmlWalk
{
    /// <summary>Opens every node, closes those whose inside was gone through.</summary>
    /// <param name="root">Where it begins.</param>
    /// <param name="open">Whether its inside is gone through.</param>
    /// <param name="close">After the last node inside.</param>
    public static void Through(INode root, Func<INode, bool> open, Action<INode> close)
    {
        Stack<(INode Node, int Next)> inside = [];
        if (open(root))
            inside.Push((root, 0));
        while (inside.TryPop(out (INode Node, int Next) at))
        {
            if (at.Next == at.Node.ChildNodes.Length)
            {
                close(at.Node);
                continue;
            }
            inside.Push((at.Node, at.Next + 1));
            INode child = at.Node.ChildNodes[at.Next];
            if (open(child))
                inside.Push((child, 0));
        }
    }
}
