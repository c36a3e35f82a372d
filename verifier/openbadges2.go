package verifier

import (
	"context"
)

func isOpenBadges2(tree map[string]any) bool {
	return tree["@context"] == "https://w3id.org/openbadges/v2"
}

func (w *walk) openBadges2(_ context.Context, _ map[string]any) {
	w.set("input-open-badges-2")
}
