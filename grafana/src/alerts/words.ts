/**
 * Summaries and descriptions: one text with tokens, rendered for each system.
 *
 * Tokens: `{value}` and `{value:percent}`, `{value:duration}`, `{value:bytes}` for the number of the query; `{label_name}`
 * for a label of the alert. Nothing else in braces. Prometheus and Loki call the number `$value`, Grafana `$values.B`
 * (B is the rule's reduce step), which is absent where the query gave nothing: Grafana fills in the words even then. Annotations are not interpolated by Grafana's file provisioning, so a single `$` is right
 * here, whereas labels would need `$$` (stack.md 3.5); ours have none.
 */

/** Text of the number and of the labels. */
type Render = (token: string, format: string | undefined) => string;

const TOKEN = /\{([a-z_]+)(?::([a-z]+))?\}/g;

const FORMATS = new Map([
  ['percent', 'humanizePercentage'],
  ['duration', 'humanizeDuration'],
  ['bytes', 'humanize1024'],
]);

/** For rule files of Prometheus and Loki. */
export function forRules(text: string): string {
  return template(text, (filter, unit) => `{{ $value | ${filter} }}${unit}`);
}

/** For Grafana-managed rules. */
export function forGrafana(text: string): string {
  return template(
    text,
    (filter, unit) => `{{ with $values.B }}{{ .Value | ${filter} }}${unit}{{ end }}`,
  );
}

/** As the reader sees it, for rule tests: `value` is the number as text, `labels` those of the alert. */
export function filledIn(
  text: string,
  labels: Readonly<Record<string, string>>,
  value: string,
): string {
  return replaced(text, (token, format) => {
    if (token === 'value') return format === 'bytes' ? `${value}B` : value;
    return labels[token] ?? '';
  });
}

/** Labels a text speaks of. */
export function labelsIn(text: string): readonly string[] {
  return [...text.matchAll(TOKEN)].map(([, token = '']) => token).filter((t) => t !== 'value');
}

function template(text: string, number: (filter: string, unit: string) => string): string {
  return replaced(text, (token, format) => {
    if (token !== 'value') return `{{ $labels.${token} }}`;
    return number(FORMATS.get(format ?? '') ?? 'printf "%.0f"', format === 'bytes' ? 'B' : '');
  });
}

function replaced(text: string, render: Render): string {
  return text.replace(TOKEN, (all, token: string, format: string | undefined) => {
    if (format !== undefined && (token !== 'value' || !FORMATS.has(format))) {
      throw new Error(`unknown token ${all} in "${text}"`);
    }
    return render(token, format);
  });
}
