// Package status answers: what does its issuer's list say of this credential today?
//
// It reads the four ways in which a credential may point to a list, and the lists:
// Bitstring Status List 1.0 ("BSL") and its predecessor StatusList2021, the
// 1EdTechRevocationList of Open Badges 3.0, and the IETF's Token Status List ("TSL") for
// SD-JWT VCs. It writes the first.
//
// Fetching a list, verifying its proof or signature, its issuer and its period are left to
// the caller; a 1EdTechRevocationList has no signature at all.
package status

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Kind is a way in which status is published.
type Kind int

// The kinds that this package reads.
const (
	BitstringList  Kind = iota + 1 // BitstringStatusListEntry
	List2021                       // StatusList2021Entry
	RevocationList                 // 1EdTechRevocationList
	TokenList                      // status_list of an SD-JWT VC
)

// ErrUnsupported is wrapped where a status is of a kind that is not known here: it says
// nothing about the credential.
var ErrUnsupported = errors.New("the status is of a kind that is not known here")

// The purposes that Laurel issues and that change a verdict (BSL §2.1); others inform.
const (
	Revocation = "revocation" // final
	Suspension = "suspension" // may be lifted
)

// Meaning is what a value means for the credential.
type Meaning int

// The meanings. The zero value is that of values which only their issuer understands.
const (
	Unknown   Meaning = iota
	Clear             // nothing is said against the credential
	Revoked           // for good
	Suspended         // for now
	Informs           // something is said that does not change the verdict
)

// State is what a list says of one credential.
type State struct {
	Meaning Meaning
	Value   uint16
	Purpose string // of the entry; of a TokenList what the value amounts to
	Message string // the issuer's words for the value or its reason, if it gives any
}

// List is what a status list says.
type List struct {
	Kind     Kind
	Purposes []string      // of BitstringList and List2021
	TTL      time.Duration // after how long to look again; zero if the list does not say
	Bits     *Bitstring    // of BitstringList and List2021

	tokens  packed            // of TokenList
	revoked map[string]string // of RevocationList: the reasons by the credentials' ids
}

// Size returns roughly how many bytes the list takes.
func (l List) Size() int {
	size := len(l.tokens.bytes)
	if l.Bits != nil {
		size += len(l.Bits.bits)
	}
	for id, reason := range l.revoked {
		size += 64 + len(id) + len(reason)
	}
	return size
}

// State looks an entry up (BSL §3.2 steps 9 to 15, OB §8.1 step 4, TSL §8.3).
func (l List) State(e Entry) (State, error) {
	if e.Kind != l.Kind {
		return State{}, errors.New("the status list is of another kind than the entry")
	}
	if l.Kind == RevocationList {
		reason, revoked := l.revoked[e.Index]
		if !revoked {
			return State{Meaning: Clear, Purpose: Revocation}, nil
		}
		return State{Meaning: Revoked, Value: 1, Purpose: Revocation, Message: reason}, nil
	}
	index, err := strconv.ParseUint(e.Index, 10, 64)
	if err != nil {
		return State{}, ErrRange
	}
	if l.Kind == TokenList {
		return l.tokens.state(index)
	}
	if !slices.Contains(l.Purposes, e.Purpose) {
		return State{}, fmt.Errorf("the status list is not for the purpose %.40q", e.Purpose)
	}
	value, err := l.Bits.Value(index, e.Size)
	if err != nil {
		return State{}, err
	}
	return State{Meaning: meaning(e.Purpose, value), Value: value, Purpose: e.Purpose, Message: e.Messages[value]}, nil
}

// meaning judges a value by its purpose: any but zero is set (BSL §3.2 step 14).
func meaning(purpose string, value uint16) Meaning {
	switch {
	case value == 0:
		return Clear
	case purpose == Revocation:
		return Revoked
	case purpose == Suspension:
		return Suspended
	}
	return Informs
}
