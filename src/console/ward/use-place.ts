import type { RefObject } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';

/** Room for the tiles, CSS pixels. */
export interface Place {
  readonly width: number;
  readonly height: number;
  /** Font size of the page. */
  readonly rem: number;
}

const UNKNOWN: Place = { width: 1_024, height: 640, rem: 16 };

/** How much room an element has, now and whenever that changes. Its size must not depend on what is in it. */
export function usePlace(element: RefObject<HTMLElement>): Place {
  const [place, setPlace] = useState(UNKNOWN);
  useLayoutEffect(() => {
    if (element.current === null) return;
    const { current } = element;
    const measure = (): void => {
      const { clientWidth: width, clientHeight: height } = current;
      const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
      setPlace((before) =>
        before.width === width && before.height === height && before.rem === rem
          ? before
          : { width, height, rem },
      );
    };
    const sizes = new ResizeObserver(measure);
    sizes.observe(current);
    measure();
    return () => sizes.disconnect();
  }, [element]);
  return place;
}
