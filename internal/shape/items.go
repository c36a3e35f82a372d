package shape

import "laurel/internal/strictjson"

// items is what is asked of the items of an array: "prefixItems", "items" and "contains" (JSON
// Schema §10.3.1), "minItems" (JSON Schema Validation §6.4.2).
type items struct {
	prefix   []*Shape
	others   *Shape // of those after the prefix; nil: any
	contains *Shape // of at least one; nil: nothing is asked
	least    int    // how many there must be
}

func (i *items) met(v strictjson.Value) bool {
	if v.Len() < i.least {
		return false
	}
	at, found := 0, i.contains == nil
	for item := v.First(); item.Present(); item = item.Next() {
		shape := i.others
		if at < len(i.prefix) {
			shape = i.prefix[at]
		}
		if shape != nil && !shape.Fits(item) {
			return false
		}
		found = found || i.contains.Fits(item)
		at++
	}
	return found
}
