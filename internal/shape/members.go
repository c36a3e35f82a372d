package shape

import "laurel/internal/strictjson"

// members is what is asked of the members of an object: "properties" and
// "additionalProperties" (JSON Schema §10.3.2), "required" (JSON Schema Validation §6.5.3).
type members struct {
	named    names
	required int    // how many of the named must be there
	others   *Shape // of members that "properties" does not name; nil: any
}

// member is what is asked of the member with one name.
type member struct {
	name     string
	shape    *Shape // nil: "properties" does not name it
	required bool
}

func newMembers(list []member, others *Shape) *members {
	m := &members{named: tabulated(list), others: others}
	for i := range list {
		if list[i].required {
			m.required++
		}
	}
	return m
}

// met looks at each member once: a name comes no more than once in an object.
func (m *members) met(v strictjson.Value) bool {
	missing := m.required
	for value := v.First(); value.Present(); value = value.Next() {
		if v.Hides(value) {
			continue
		}
		shape := m.others
		if named := m.named.find(value.Name()); named != nil {
			if named.required {
				missing--
			}
			if named.shape != nil {
				shape = named.shape
			}
		}
		if shape != nil && !shape.Fits(value) {
			return false
		}
	}
	return missing == 0
}

// few is what members is where no more than few names matter: each is looked for.
type few []member

func (f few) met(v strictjson.Value) bool {
	for i := range f {
		value := v.Member(f[i].name)
		if !value.Present() {
			if f[i].required {
				return false
			}
			continue
		}
		if f[i].shape != nil && !f[i].shape.Fits(value) {
			return false
		}
	}
	return true
}

// maxFew is up to how many names each is looked for, rather than each member among them.
const maxFew = 3

// maxNames bounds how many names a schema may give to members.
const maxNames = 255

// names is a table of members by their names.
type names struct {
	slots []uint8 // a power of two of them, by the hash of a name: 1 + its place in list; 0: none
	list  []member
}

// find returns the member with a name, or nil.
func (n *names) find(name string) *member {
	for at := hash(name); ; at++ {
		slot := n.slots[at&uint(len(n.slots)-1)]
		if slot == 0 {
			return nil
		}
		if found := &n.list[slot-1]; found.name == name {
			return found
		}
	}
}

// hash tells most names apart by their length and three of their bytes.
func hash(name string) uint {
	n := uint(len(name))
	if n == 0 {
		return 0
	}
	return n*7 + uint(name[0])*31 + uint(name[n/2])*17 + uint(name[n-1])*5
}

// tabulated makes the table of a list of at most maxNames members.
func tabulated(list []member) names {
	n := names{make([]uint8, 4), list}
	for len(n.slots) < 3*len(list) {
		n.slots = make([]uint8, 2*len(n.slots))
	}
	for i := range list {
		at := hash(list[i].name)
		for n.slots[at&uint(len(n.slots)-1)] != 0 {
			at++
		}
		n.slots[at&uint(len(n.slots)-1)] = uint8(i + 1)
	}
	return n
}
