using ChannelHub.Adapters;
using ChannelHub.Core.Keys;

namespace ChannelHub.Core.Tests.Keys;

public sealed class SharedKeysTests
{
    [Theory]
    [InlineData(KeyKinds.Email, "info@example.org")]
    [InlineData(KeyKinds.Email, "sales+spring@example.org")]
    [InlineData(KeyKinds.Email, "no-reply@example.org")]
    [InlineData(KeyKinds.Email, "biuro@example.org")]
    [InlineData(KeyKinds.Phone, "+442079460018")]
    [InlineData(KeyKinds.Phone, "+48221234567")]
    [InlineData(KeyKinds.Phone, "+4930123456")]
    [InlineData(KeyKinds.Phone, "+390612345678")]
    [InlineData(KeyKinds.Phone, "+74951234567")]
    [InlineData(KeyKinds.Phone, "+551132165498")]
    [InlineData(KeyKinds.Phone, "+541112345678")]
    [InlineData(KeyKinds.Phone, "32665")]
    [InlineData(KeyKinds.Phone, "MYSHOP")]
    public void Mailboxes_of_roles_fixed_lines_and_services_are_nobodys_own(string kind, string value) => SharedKeys.IsShared(new Key(kind, value)).ShouldBeTrue();

    [Theory]
    [InlineData(KeyKinds.Email, "ada@example.org")]
    [InlineData(KeyKinds.Email, "informatics@example.org")]
    [InlineData(KeyKinds.Phone, "+447911123456")]
    [InlineData(KeyKinds.Phone, "+48600100200")]
    [InlineData(KeyKinds.Phone, "+4915112345678")]
    [InlineData(KeyKinds.Phone, "+393331234567")]
    [InlineData(KeyKinds.Phone, "+79123456789")]
    [InlineData(KeyKinds.Phone, "+77012345678")]
    [InlineData(KeyKinds.Phone, "+5511987654321")]
    [InlineData(KeyKinds.Phone, "+5491123456789")]
    [InlineData(KeyKinds.Phone, "+12125550147")]
    [InlineData(KeyKinds.Phone, "+380501234567")]
    [InlineData(KeyKinds.Phone, "+380391234567")]
    [InlineData(KeyKinds.External, "info@example.org")]
    public void What_may_be_one_persons_counts_as_one_persons(string kind, string value) => SharedKeys.IsShared(new Key(kind, value)).ShouldBeFalse();
}
