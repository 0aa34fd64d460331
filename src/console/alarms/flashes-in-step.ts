/** Names of the animations of theme/alarms.css. */
const FLASHES: ReadonlySet<string> = new Set(['alarm-frame-flash', 'alarm-badge-flash']);

/**
 * Lets everything that flashes at one rate do so together, whenever it began: many marks out of step would flash more often than
 * any of them (WCAG 2.3.1), and look like nothing in particular. Returns what ends it.
 */
export function keepFlashesInStep(document: Document): () => void {
  const began = ({ animationName, target }: AnimationEvent): void => {
    if (!FLASHES.has(animationName) || !(target instanceof Element)) return;
    for (const animation of target.getAnimations({ subtree: true }))
      if (animation instanceof CSSAnimation && FLASHES.has(animation.animationName)) animation.startTime = 0;
  };
  document.addEventListener('animationstart', began);
  return () => document.removeEventListener('animationstart', began);
}
