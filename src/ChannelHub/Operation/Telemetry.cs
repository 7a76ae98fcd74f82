using System.Diagnostics;
using ChannelHub.Options;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace ChannelHub.Operation;

/// <summary>
/// Sends traces and metrics to the configured collector; without one nothing is collected and nothing leaves. What goes out to providers is not traced:
/// some have their tokens in the address.
/// </summary>
public sealed class Telemetry(HubOptions options, HubMetrics metrics) : IHostedService, IDisposable
{
    /// <summary>Spans of the hub's own work.</summary>
    public static readonly ActivitySource Source = new("ChannelHub");

    private TracerProvider? traces;
    private MeterProvider? measures;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Telemetry.OtlpEndpoint is not { } endpoint)
            return Task.CompletedTask;
        ResourceBuilder resource = ResourceBuilder.CreateDefault().AddService("channelhub", serviceVersion: metrics.Meter.Version);
        traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource("Microsoft.AspNetCore", Source.Name)
            .AddOtlpExporter(otlp => Send(otlp, endpoint, "v1/traces")).Build();
        measures = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(HubMetrics.MeterName)
            .AddOtlpExporter(otlp => Send(otlp, endpoint, "v1/metrics")).Build();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Sends what is still held, then ends.</summary>
    public void Dispose()
    {
        traces?.Dispose();
        measures?.Dispose();
    }

    /// <summary>Port 4318 and addresses with a path speak HTTP, others gRPC: the convention of collectors.</summary>
    private static void Send(OtlpExporterOptions otlp, Uri endpoint, string path)
    {
        bool http = endpoint.Port == 4318 || endpoint.AbsolutePath.Length > 1;
        otlp.Protocol = http ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
        otlp.Endpoint = http ? new Uri($"{endpoint.AbsoluteUri.TrimEnd('/')}/{path}") : endpoint;
    }
}
