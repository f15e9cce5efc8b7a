/** A panel as a builder: what all kinds share. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  DashboardLinkBuilder,
  DashboardLinkType,
  type Panel as PanelJson,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { QUESTIONS } from '../questions.ts';
import type { Panel } from './model.ts';
import { datasourceOf, renderQuery } from './render-query.ts';
import { mappingValue, thresholds } from './render-values.ts';
import { builderOf } from './render-view.ts';

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
  if (panel.steps !== undefined) builder.thresholds(thresholds(panel.steps));
  if (panel.mappings !== undefined) builder.mappings(panel.mappings.map(mappingValue));
  if (panel.whenEmpty !== undefined) builder.noValue(panel.whenEmpty);
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
