export type Attributes = Readonly<Record<string, string | number | boolean>>;

/**
 * Makes an HTML element with attributes and children. `true` sets an empty attribute, `false` sets none. Text is never read as
 * markup.
 */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  setAttributes(made, attributes);
  made.append(...children);
  return made;
}

const SVG = 'http://www.w3.org/2000/svg';

/** A 16x16 icon in the colour of the text around it. Screen readers skip it. */
export function icon(path: string): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  setAttributes(svg, {
    viewBox: '0 0 16 16',
    width: 16,
    height: 16,
    fill: 'currentColor',
    'aria-hidden': 'true',
  });
  const shape = document.createElementNS(SVG, 'path');
  setAttributes(shape, { d: path });
  svg.append(shape);
  return svg;
}

/** Writes text only if it differs, so the browser does not lay out or read aloud the same text again. */
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

export function setAttributes(target: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false) target.setAttribute(name, value === true ? '' : String(value));
  }
}
