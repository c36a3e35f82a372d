package picture

import (
	"fmt"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// quietZone is the width in modules of the empty border that a QR code needs around it
// (ISO/IEC 18004 §6.3.8).
const quietZone = 4

// A Code is a QR code as a square of modules, its quiet zone included.
type Code struct {
	Size int // modules on each side
	dark [][]bool
}

// QR returns the QR code of a text, with the error correction of level M. It fails for a
// text of more than about 2,300 bytes.
func QR(text string) (Code, error) {
	drawn, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return Code{}, fmt.Errorf("no QR code for a text of %d bytes: %w", len(text), err)
	}
	bounds := drawn.Bounds()
	c := Code{Size: bounds.Dx() + 2*quietZone, dark: make([][]bool, bounds.Dy())}
	for y := range c.dark {
		c.dark[y] = make([]bool, bounds.Dx())
		for x := range c.dark[y] {
			r, _, _, _ := drawn.At(bounds.Min.X+x, bounds.Min.Y+y).RGBA()
			c.dark[y][x] = r == 0
		}
	}
	return c, nil
}

// Dark tells whether a module is dark; what lies outside is not.
func (c Code) Dark(x, y int) bool {
	x, y = x-quietZone, y-quietZone
	return y >= 0 && y < len(c.dark) && x >= 0 && x < len(c.dark[y]) && c.dark[y][x]
}

// Path returns the dark modules as the data of an SVG path, one unit a module.
func (c Code) Path() string {
	var path strings.Builder
	for y := range c.Size {
		for x := 0; x < c.Size; x++ {
			run := 0
			for c.Dark(x+run, y) {
				run++
			}
			if run > 0 {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", x, y, run, run)
				x += run
			}
		}
	}
	return path.String()
}
