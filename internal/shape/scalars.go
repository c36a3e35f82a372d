package shape

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"laurel/internal/strictjson"
)

// texts are those that "enum" names (JSON Schema Validation §6.1.2).
type texts []string

func (t texts) met(v strictjson.Value) bool { return slices.Contains(t, v.Text()) }

// truth is true or false, where "enum" names only one of them.
type truth bool

func (t truth) met(v strictjson.Value) bool { return v.True() == bool(t) }

// numbers are those that "enum" names, however they are spelled.
type numbers []decimal

func (n numbers) met(v strictjson.Value) bool { return slices.Contains(n, decimalOf(v.Number())) }

// whole asks for a number without a fraction: 1.0 is an integer (JSON Schema Validation §6.1.1).
type whole struct{}

func (whole) met(v strictjson.Value) bool { return decimalOf(v.Number()).exponent >= 0 }

// met makes a Format a demand.
func (f Format) met(v strictjson.Value) bool { return f(v) }

// decimal is a number as it is spelled, without rounding: digits × 10^exponent, with no zero
// first or last among the digits, so that equal numbers are equal decimals. Zero has no digits.
type decimal struct {
	negative bool
	digits   string
	exponent int
}

// decimalOf reads the spelling of a number, whose size strictjson bounds.
func decimalOf(spelling json.Number) decimal {
	mantissa, power, _ := strings.Cut(strings.ToLower(string(spelling)), "e")
	mantissa, negative := strings.CutPrefix(mantissa, "-")
	integer, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimRight(integer+fraction, "0")
	exponent, _ := strconv.Atoi(power)
	exponent += len(integer) - len(digits)
	digits = strings.TrimLeft(digits, "0")
	if digits == "" {
		return decimal{}
	}
	return decimal{negative, digits, exponent}
}
