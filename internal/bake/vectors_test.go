package bake

import (
	"bytes"
	"encoding/json"
	"testing"

	"laurel/internal/needs"
)

// fixture reads one of 1EdTech's images.
func fixture(t testing.TB, name string) []byte {
	t.Helper()
	return needs.File(t, "open-badges/fixtures", name)
}

func TestFixtures(t *testing.T) {
	for _, test := range []struct {
		name string
		kind Kind
		jwt  bool
	}{
		{"ob30/simple-json.png", OpenBadges3, false},
		{"ob30/simple-jwt.png", OpenBadges3, true},
		{"ob30/simple-jwt_v1.png", OpenBadges3, true},
		{"ob30/simple-json.svg", OpenBadges3, false},
		{"ob30/simple-jwt.svg", OpenBadges3, true},
		{"ob30/simple-jwt_v1.svg", OpenBadges3, true},
		{"ob20/simple-badge.png", OpenBadges2, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			file := fixture(t, test.name)
			unbake, bake := UnbakePNG, func(c []byte) ([]byte, error) { return BakePNG(file, c) }
			if Detect(file) == SVG {
				unbake, bake = UnbakeSVG, func(c []byte) ([]byte, error) { return BakeSVG(file, c, test.jwt) }
			}
			p, err := unbake(file)
			if err != nil || p.Kind != test.kind || p.Warnings != nil {
				t.Fatalf("%+v, %v", p, err)
			}
			if IsToken(p.Bytes) != test.jwt || json.Valid(p.Bytes) == test.jwt {
				t.Errorf("payload is %s", p.Bytes)
			}
			baked, err := bake(p.Bytes)
			if err != nil {
				t.Fatal(err)
			}
			again, err := unbake(baked)
			if err != nil || !bytes.Equal(again.Bytes, p.Bytes) || again.Kind != OpenBadges3 || again.Warnings != nil {
				t.Errorf("after baking again: %+v, %v", again, err)
			}
			if Detect(file) == PNG {
				samePixels(t, file, baked)
			}
		})
	}
}
