// The icons, drawn on one grid of 16. They decorate: the words beside them, or the label of their button, say it.

const paths = {
  key: 'M6.2 8a2.7 2.7 0 1 1-5.4 0 2.7 2.7 0 0 1 5.4 0Zm0 0h8.6m0 0v2.6M11.6 8v2',
  people:
    'M6 7.4a2.4 2.4 0 1 0 0-4.8 2.4 2.4 0 0 0 0 4.8Zm-4.6 6c.2-2.4 2-3.9 4.6-3.9s4.4 1.5 4.6 3.9M10.6 2.8a2.4 2.4 0 0 1 0 4.4m1.2 2.6c1.6.5 2.6 1.8 2.8 3.6',
  list: 'M5.6 3.6h8.2M5.6 8h8.2m-8.2 4.4h8.2M2.2 3.6h.2M2.2 8h.2m-.2 4.4h.2',
  chart: 'M2 13.6h12M4.2 13.4V8.8M8 13.4V3.4m3.8 10V6.4',
  search: 'M7 11.6a4.6 4.6 0 1 0 0-9.2 4.6 4.6 0 0 0 0 9.2Zm3.4-1.2 3.4 3.4',
  plus: 'M8 3v10M3 8h10',
  edit: 'M10.4 3.2 12.8 5.6 5.6 12.8l-3 .6.6-3 7.2-7.2Z',
  trash: 'M2.8 4.2h10.4M6.2 4V2.6h3.6V4m2 .4-.6 9H4.8l-.6-9m2.5 2.4v4.2m2.6-4.2v4.2',
  copy: 'M5.6 5.6h7.8v7.8H5.6V5.6Zm-3 4.8V2.6h7.8',
  check: 'm3 8.6 3.2 3.2L13 4.8',
  more: 'M4 6.4 8 10l4-3.6',
  lock: 'M3.6 7.2h8.8v6.2H3.6V7.2Zm2-.2V5a2.4 2.4 0 0 1 4.8 0v2',
  close: 'm4 4 8 8m0-8-8 8',
  up: 'M8 12.6V3.4M4.4 7 8 3.4 11.6 7',
  down: 'M8 3.4v9.2M4.4 9 8 12.6 11.6 9',
  left: 'M9.8 3.6 5.4 8l4.4 4.4',
  right: 'M6.2 3.6 10.6 8l-4.4 4.4',
  download: 'M8 2.4v7.4M4.8 6.8 8 10l3.2-3.2M2.6 13.4h10.8',
  service: 'M8 2 13.4 5v6L8 14l-5.4-3V5L8 2Zm0 6 5-2.8M8 8v5.6M8 8 3 5.2',
  person: 'M8 7.6a2.6 2.6 0 1 0 0-5.2 2.6 2.6 0 0 0 0 5.2Zm-5 6c.3-2.5 2.2-4 5-4s4.7 1.5 5 4',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}
