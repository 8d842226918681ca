// Traces by OpenTelemetry, over OTLP/HTTP, when the standard variables ask for them. Its packages are optional, and loaded
// only then. What a span carries is our own words, the operation's name, and the text of statements: no variable, no value.

import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import type { Context, Span } from '@opentelemetry/api';
import { noTracing, type TracedRequest, type Tracing } from '../tracing.ts';
import { version } from '../version.ts';
import { CommandError } from './command-line.ts';

type Environment = Record<string, string | undefined>;

/** Spans not handed over this long after the stop are lost: a collector that is away must not hold a server back. */
const stopWithinMs = 2_000;

/** @throws CommandError when traces are asked for and the packages are not installed. */
export async function startTracing(env: Environment): Promise<Tracing> {
  const wanted = env.OTEL_EXPORTER_OTLP_ENDPOINT || env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT;
  if (!wanted || env.OTEL_SDK_DISABLED === 'true' || env.OTEL_TRACES_EXPORTER === 'none') return noTracing;
  return tracingBy(await loadPackages());
}

type Packages = Awaited<ReturnType<typeof importPackages>>;

const importPackages = () =>
  Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/core'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/sdk-trace-base'),
    import('@opentelemetry/exporter-trace-otlp-http'),
  ]);

async function loadPackages(): Promise<Packages> {
  try {
    return await importPackages();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new CommandError(
      'OTEL_EXPORTER_OTLP_ENDPOINT asks for traces, and the optional OpenTelemetry packages are not installed. ' +
        'Install with `npm ci --include=optional`, or unset it.',
    );
  }
}

function tracingBy(packages: Packages): Tracing {
  const [{ ROOT_CONTEXT, SpanKind, SpanStatusCode, defaultTextMapGetter, trace }, core] = packages;
  const provider = providerOf(packages);
  const tracer = provider.getTracer('latchkey', version);
  const traceparent = new core.W3CTraceContextPropagator();
  const current = new AsyncLocalStorage<Context>();
  const inside = (context: Context, span: Span) => trace.setSpan(context, span);
  const failed = (span: Span) => span.setStatus({ code: SpanStatusCode.ERROR });
  return {
    request({ method, route, headers }: TracedRequest, run) {
      const context = traceparent.extract(ROOT_CONTEXT, headers, defaultTextMapGetter);
      const attributes = { 'http.request.method': method, 'http.route': route };
      const span = tracer.startSpan(`${method} ${route}`, { kind: SpanKind.SERVER, attributes }, context);
      current.run(inside(context, span), run, (status: number) => {
        span.setAttribute('http.response.status_code', status);
        if (status >= 500) failed(span);
        span.end();
      });
    },
    async operation(name, work) {
      const context = current.getStore() ?? ROOT_CONTEXT;
      const span = tracer.startSpan(name, {}, context);
      try {
        return await current.run(inside(context, span), work);
      } catch (error) {
        failed(span);
        throw error;
      } finally {
        span.end();
      }
    },
    statement(text, ms, isFailed) {
      const context = current.getStore();
      // What no request asked for is nobody's time.
      if (!context) return;
      const endTime = Date.now();
      const command = /^\s*(\w+)/.exec(text)?.[1]?.toUpperCase() ?? 'SQL';
      const attributes = {
        'db.system.name': 'postgresql',
        'db.operation.name': command,
        'db.query.text': text,
      };
      const span = tracer.startSpan(
        command,
        { kind: SpanKind.CLIENT, startTime: endTime - ms, attributes },
        context,
      );
      if (isFailed) failed(span);
      span.end(endTime);
    },
    async stop() {
      const late = new AbortController();
      const handedOver = provider.shutdown().catch(() => {});
      const waited = pause(stopWithinMs, undefined, { signal: late.signal }).catch(() => {});
      await Promise.race([handedOver, waited]);
      late.abort();
    },
  };
}

/** Endpoint, headers, sampler, and batches are read from OTEL_ variables by the packages themselves. */
function providerOf([, , resources, sdk, exporter]: Packages) {
  const { defaultResource, detectResources, envDetector, resourceFromAttributes } = resources;
  const resource = defaultResource()
    .merge(resourceFromAttributes({ 'service.name': 'latchkey', 'service.version': version }))
    .merge(detectResources({ detectors: [envDetector] }));
  return new sdk.BasicTracerProvider({
    resource,
    spanProcessors: [new sdk.BatchSpanProcessor(new exporter.OTLPTraceExporter())],
  });
}
