package keys

import (
	"crypto/ed25519"
	"fmt"
	"math/big"
	"slices"
)

// The Ed25519 curve -x² + y² = 1 + dx²y² over the integers modulo p (RFC 8032 §5.1). Public keys only pass through
// here, so variable time is harmless.
var (
	edwardsP = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	edwardsD = func() *big.Int {
		inverse := new(big.Int).ModInverse(big.NewInt(121666), edwardsP)
		d := new(big.Int).Mul(big.NewInt(-121665), inverse)
		return d.Mod(d, edwardsP)
	}()
)

// checkEd25519 refuses keys that crypto/ed25519 accepts as bytes although no signature of theirs means anything:
// wrong length, a y that is not reduced, no point of the curve, or a point of small order, under which signatures
// fit any message (RFC 8032 §5.1.3, §5.1.7).
func checkEd25519(k ed25519.PublicKey) error {
	if len(k) != ed25519.PublicKeySize {
		return fmt.Errorf("%w: Ed25519 key of %d bytes, need %d", ErrMalformed, len(k), ed25519.PublicKeySize)
	}
	b := slices.Clone(k)
	slices.Reverse(b)
	sign := uint(b[0] >> 7)
	b[0] &= 0x7f
	y := new(big.Int).SetBytes(b)
	if y.Cmp(edwardsP) >= 0 {
		return fmt.Errorf("%w: Ed25519 key is not in its only form", ErrMalformed)
	}
	x, ok := edwardsX(y)
	if !ok || (x.Sign() == 0 && sign == 1) {
		return fmt.Errorf("%w: point is not on Ed25519", ErrMalformed)
	}
	for range 3 {
		x, y = edwardsDouble(x, y)
	}
	if x.Sign() == 0 && y.Cmp(big.NewInt(1)) == 0 {
		return fmt.Errorf("%w: Ed25519 point of small order", ErrMalformed)
	}
	return nil
}

// edwardsX finds one x with x² = (y²-1)/(dy²+1), if there is one.
func edwardsX(y *big.Int) (*big.Int, bool) {
	one := big.NewInt(1)
	yy := mod(new(big.Int).Mul(y, y))
	u := mod(new(big.Int).Sub(yy, one))
	v := mod(new(big.Int).Add(new(big.Int).Mul(edwardsD, yy), one))
	square := mod(u.Mul(u, v.ModInverse(v, edwardsP)))
	x := new(big.Int).ModSqrt(square, edwardsP)
	return x, x != nil
}

// edwardsDouble adds a point to itself: x' = 2xy/(1+dx²y²), y' = (y²+x²)/(1-dx²y²). The law is complete on this
// curve, so neither denominator is ever zero.
func edwardsDouble(x, y *big.Int) (*big.Int, *big.Int) {
	one := big.NewInt(1)
	xx, yy, xy := new(big.Int).Mul(x, x), new(big.Int).Mul(y, y), new(big.Int).Mul(x, y)
	t := new(big.Int).Mul(edwardsD, mod(new(big.Int).Mul(xy, xy)))
	below := mod(new(big.Int).Add(one, t))
	x2 := new(big.Int).Mul(xy.Lsh(xy, 1), below.ModInverse(below, edwardsP))
	below = mod(new(big.Int).Sub(one, t))
	y2 := new(big.Int).Mul(xx.Add(xx, yy), below.ModInverse(below, edwardsP))
	return mod(x2), mod(y2)
}

func mod(v *big.Int) *big.Int { return v.Mod(v, edwardsP) }
