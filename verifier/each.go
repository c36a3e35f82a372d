package verifier

import (
	"iter"
	"strings"
)

// Each yields items, and in the place of a collection the items in it, named after both.
func (v *Verifier) Each(items iter.Seq[Item]) iter.Seq[Item] {
	return func(yield func(Item) bool) {
		for item := range items {
			inner, many := v.Collection(item.Input)
			if !many && !yield(item) {
				return
			}
			if !many {
				continue
			}
			for entry := range inner {
				entry.Name = strings.TrimPrefix(item.Name+": "+entry.Name, ": ")
				if item.Recipient != "" || item.Unclear != nil {
					entry.Recipient, entry.Unclear = item.Recipient, item.Unclear
				}
				if !yield(entry) {
					return
				}
			}
		}
	}
}
