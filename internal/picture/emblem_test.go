package picture

import (
	"bytes"
	"image/png"
	"testing"
)

func TestEmblem(t *testing.T) {
	a, errA := Emblem("food-hygiene")
	b, errB := Emblem("food-hygiene")
	c, errC := Emblem("first-aid")
	if errA != nil || errB != nil || errC != nil {
		t.Fatal(errA, errB, errC)
	}
	if !bytes.Equal(a, b) || bytes.Equal(a, c) {
		t.Error("an emblem must depend on its name, and on nothing else")
	}
	img, err := png.Decode(bytes.NewReader(a))
	if err != nil {
		t.Fatal(err)
	}
	if size := img.Bounds().Size(); size.X != emblemSide || size.Y != emblemSide {
		t.Errorf("size %v", size)
	}
	if _, _, _, alpha := img.At(0, 0).RGBA(); alpha != 0 {
		t.Error("the corner is not transparent")
	}
	if _, _, _, alpha := img.At(emblemSide/2, emblemSide/2).RGBA(); alpha != 0xffff {
		t.Error("the middle is not opaque")
	}
}
