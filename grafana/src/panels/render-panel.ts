/** A panel as a builder: what all kinds share. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  DashboardLinkBuilder,
  DashboardLinkType,
  type Panel as PanelJson,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { QUESTIONS } from '../questions.ts';
import type { Panel, Step } from './model.ts';
import { datasourceOf, renderQuery } from './render-query.ts';
import { mappingValue, thresholds } from './render-values.ts';
import { builderOf } from './render-view.ts';

/** In place of an empty answer where data comes with a later release. */
const NOT_YET = 'not yet recorded';

/** @throws Error for a panel without query or question: a defect of the source */
export function renderPanel(panel: Panel): Builder<PanelJson> {
  const source = panel.queries[0]?.source;
  if (source === undefined) throw new Error(`panel "${panel.title}" has no query`);
  const builder = builderOf(panel)
    .title(panel.title)
    .description(descriptionOf(panel))
    .datasource(datasourceOf(source))
    .unit(panel.unit)
    .span(panel.width)
    .height(panel.height)
    .targets(
      panel.queries.map((query, index) => renderQuery(query, index, panel.view.kind === 'table')),
    );
  if (panel.decimals !== undefined) builder.decimals(panel.decimals);
  if (panel.interval !== undefined) builder.interval(panel.interval);
  if (panel.steps !== undefined) builder.thresholds(thresholds(stepsOf(panel)));
  if (panel.mappings !== undefined) builder.mappings(panel.mappings.map(mappingValue));
  if (panel.pending !== undefined) builder.noValue(NOT_YET);
  else if (panel.whenEmpty !== undefined) builder.noValue(panel.whenEmpty);
  for (const [name, colour] of Object.entries(panel.colours ?? {})) {
    builder.overrideByName(name, [{ id: 'color', value: { mode: 'fixed', fixedColor: colour } }]);
  }
  if (panel.links !== undefined) {
    builder.dataLinks(
      panel.links.map(({ title, url }) =>
        new DashboardLinkBuilder(title).type(DashboardLinkType.Link).url(url).targetBlank(false),
      ),
    );
  }
  return builder;
}

/** A panel that nobody fills yet must not look like a good answer. */
function stepsOf({ pending, steps = [] }: Panel): readonly Step[] {
  return pending === undefined ? steps : [{ color: 'text' }, ...steps.slice(1)];
}

/** `Q2 Question?`, what is seen, what to do: the text behind the panel's (i). */
export function descriptionOf(panel: Panel): string {
  const questions = panel.questions.map((number) => {
    const question = QUESTIONS[number];
    if (question === undefined) throw new Error(`panel "${panel.title}": no question ${number}`);
    return `**Q${number}** ${question}`;
  });
  if (questions.length === 0) throw new Error(`panel "${panel.title}" answers no question`);
  return [...questions, panel.shows, `**When red:** ${panel.red}`].join('\n\n');
}
