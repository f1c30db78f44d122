import { element, setAttributes } from '../element';

/** Where a slider stands. */
interface SliderPlace {
  /** 0..`done`. */
  readonly place: number;
  /** The last place to which one can go; 0..`last`. */
  readonly done: number;
  /** The end of the slider. */
  readonly last: number;
  /** The place in words. */
  readonly text: string;
}

/** A slider over steps. */
export class StepSlider {
  readonly element: HTMLInputElement;

  constructor(label: string, goTo: (place: number) => void) {
    this.element = element('input', {
      ...{ type: 'range', class: 'step-slider', min: 0, step: 1, value: 0 },
      'aria-label': label,
    });
    this.element.addEventListener('input', () => {
      goTo(this.element.valueAsNumber);
    });
  }

  show({ place, done, last, text }: SliderPlace): void {
    const slider = this.element;
    if (slider.max !== String(last)) slider.max = String(last);
    slider.value = String(place);
    setAttributes(slider, { 'aria-valuetext': text });
    const whole = Math.max(last, 1);
    slider.style.setProperty('--shown', String(place / whole));
    slider.style.setProperty('--done', String(done / whole));
  }
}
