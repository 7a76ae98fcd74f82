namespace ChannelHub.Tests.Nodes;

/// <summary>A test of what only PostgreSQL can do.</summary>
internal sealed class PostgresFactAttribute : FactAttribute
{
    public PostgresFactAttribute()
    {
        if (!TestStore.IsPostgres)
            Skip = "TEST_POSTGRES names no server; tests/run.sh starts one";
    }
}
