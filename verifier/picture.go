package verifier

import (
	"context"
	"encoding/base64"
	"strings"

	"laurel/internal/bake"
)

const (
	maxPicture    = 2 << 20 // bytes of an achievement's picture
	acceptPicture = "image/png, image/svg+xml"
)

// likeness says whether the picture that holds a badge is its achievement's: somebody may
// have put a genuine badge into the picture of a better one. What cannot be compared is not
// said to differ.
func (w *walk) likeness(ctx context.Context) {
	if w.picture == nil || w.credential == nil || w.credential.Achievement == nil {
		return
	}
	theirs := w.achievementPicture(ctx, w.credential.Achievement.Image)
	if theirs != nil && bake.Compare(w.picture, theirs) == bake.Differs {
		w.set("input-picture-differs")
	}
}

// achievementPicture returns the picture that the achievement carries or leads to.
func (w *walk) achievementPicture(ctx context.Context, address string) []byte {
	if media, encoded, ok := strings.Cut(address, ";base64,"); ok && strings.HasPrefix(media, "data:image/") {
		if len(encoded) > 2*maxPicture {
			return nil
		}
		picture, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			return nil
		}
		return picture
	}
	if !strings.HasPrefix(address, "https://") && !strings.HasPrefix(address, "http://") {
		return nil
	}
	document, err := w.fetch(ctx, address, acceptPicture, maxPicture)
	if err != nil {
		return nil
	}
	return document.body
}
