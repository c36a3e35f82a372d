package picture

import (
	"strings"
	"testing"
)

func TestQR(t *testing.T) {
	code, err := QR("https://badges.college.example/badges/0123456789abcdef")
	if err != nil {
		t.Fatal(err)
	}
	if modules := code.Size - 2*quietZone; modules < 21 || (modules-17)%4 != 0 {
		t.Errorf("%d modules are no QR code", modules)
	}
	for i := range code.Size {
		if code.Dark(i, quietZone-1) || code.Dark(quietZone-1, i) || code.Dark(code.Size-quietZone, i) {
			t.Fatal("the quiet zone is not empty")
		}
	}
	// The three finder patterns: a dark ring of 7 modules around a light one.
	last := code.Size - quietZone - 7
	for _, corner := range [][2]int{{quietZone, quietZone}, {last, quietZone}, {quietZone, last}} {
		for i := range 7 {
			if !code.Dark(corner[0]+i, corner[1]) || !code.Dark(corner[0], corner[1]+i) {
				t.Errorf("no finder pattern at %v", corner)
			}
		}
		if code.Dark(corner[0]+1, corner[1]+1) {
			t.Errorf("the finder pattern at %v is filled", corner)
		}
	}
	if path := code.Path(); !strings.HasPrefix(path, "M4 4h7v1h-7z") || strings.ContainsAny(path, `<>"&`) {
		t.Errorf("path %.40q", path)
	}
}

func TestQRRefusesWhatDoesNotFit(t *testing.T) {
	if _, err := QR(strings.Repeat("é", 3000)); err == nil {
		t.Error("no error")
	}
}
