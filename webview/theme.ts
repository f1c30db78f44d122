import { evenRamp, type Colour, type ColourRamp } from './canvas/colour-ramp';
import { context2d } from './canvas/frame-canvas';
import { makeRamps, type Ramps } from './canvas/ramps';

/** Number of colours of the two-sided ramp. */
const RAMP_LENGTH = 512;

/** The theme's colours that canvases need. */
export interface Palette {
  readonly highContrast: boolean;
  readonly background: Colour;
  readonly foreground: Colour;
  /** The ground of an undecided cell, and the lines across it. */
  readonly undecided: Colour;
  readonly hatch: Colour;
  /** The outline of the cells of the step shown. */
  readonly highlight: Colour;
  /** The outline of the cell under the pointer or the keyboard's cursor. */
  readonly cursor: Colour;
  readonly ramps: Ramps;
  /** From the colour of negative numbers over a quiet middle to the colour of positive ones. */
  readonly twoSidedRamp: ColourRamp;
}

/** Reads the palette from the `--vscode-*` properties in force now. */
export function readPalette(): Palette {
  const theme = new ThemeReader();
  const highContrast = /\bvscode-high-contrast\b/.test(document.body.className);
  const foreground = theme.colour('editor-foreground', 'foreground');
  return {
    highContrast,
    background: theme.colour('editor-background'),
    foreground,
    undecided: theme.colour('editorWidget-background', 'editor-background'),
    hatch: { ...foreground, alpha: highContrast ? 0.6 : 0.26 },
    highlight: highContrast
      ? theme.colour('contrastActiveBorder', 'contrastBorder', 'editor-foreground')
      : foreground,
    cursor: theme.colour('focusBorder', 'foreground'),
    ramps: makeRamps(/\bvscode-(high-contrast-)?light\b/.test(document.body.className)),
    twoSidedRamp: evenRamp(
      [
        theme.colour('charts-blue', 'foreground'),
        theme.colour('editorWidget-background', 'editor-background'),
        theme.colour('charts-orange', 'foreground'),
      ],
      RAMP_LENGTH,
    ),
  };
}

/** Calls back when VS Code changes the theme of the page. */
export function observeTheme(onChange: () => void): void {
  const observer = new MutationObserver(onChange);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style', 'class'] });
  observer.observe(document.body, {
    attributes: true,
    attributeFilter: ['class', 'style', 'data-vscode-theme-id', 'data-vscode-theme-kind'],
  });
}

/** Converts a colour in any notation into sRGB bytes: it paints a pixel and reads it. */
class ThemeReader {
  private readonly style = getComputedStyle(document.documentElement);
  private readonly pixel = pixelContext();

  /** The first of the `--vscode-*` properties that has a value. */
  colour(...names: readonly string[]): Colour {
    for (const name of names) {
      const text = this.style.getPropertyValue(`--vscode-${name}`).trim();
      if (text) return this.paint(text);
    }
    return { red: 128, green: 128, blue: 128, alpha: 1 };
  }

  private paint(text: string): Colour {
    const { pixel } = this;
    pixel.clearRect(0, 0, 1, 1);
    pixel.fillStyle = text;
    pixel.fillRect(0, 0, 1, 1);
    const [red = 0, green = 0, blue = 0, alpha = 0] = pixel.getImageData(0, 0, 1, 1).data;
    return { red, green, blue, alpha: alpha / 255 };
  }
}

function pixelContext(): CanvasRenderingContext2D {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 1;
  return context2d(canvas, { willReadFrequently: true });
}
