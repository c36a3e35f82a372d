package registry

import (
	"iter"
	"math/bits"
	"strings"
)

// Reason is one thing that a decision rests on.
type Reason uint8

// The reasons, in the order in which they are told.
const (
	// Why it is not trusted, or not decided.
	ReasonNotListed Reason = iota
	ReasonSourceUnavailable
	ReasonExpired // the snapshot is too old for its good word to count
	ReasonUnpinnedKey
	ReasonKeyEnded
	ReasonKeyCompromised
	ReasonBindingWeak
	ReasonUnsigned // it stands on a list that nobody signed
	ReasonBindingEnded
	ReasonBindingNotYet
	ReasonBlacklisted
	ReasonRevoked
	ReasonWithdrawn
	ReasonSuspended
	ReasonNoGrant
	ReasonGrantEnded
	ReasonGrantNotYet
	ReasonAward
	ReasonLevel
	ReasonProgramme
	ReasonJurisdiction
	ReasonField
	ReasonAdverse
	ReasonContested
	ReasonSelfAsserted // only the credential says when it was issued, and that decides
	ReasonIssuedUnknown

	// Conditions: trusted, and there is something to know.
	ReasonAwardUnspecified
	ReasonLevelUnspecified
	ReasonVoluntary
	ReasonJudgedWithConditions
	ReasonCondition
	ReasonGradeC
	ReasonGradeOverdue
	ReasonBindingStale
	ReasonStale
	ReasonSuspendedSince
	ReasonGrace
	ReasonElsewhere

	// Notes.
	ReasonEndedSince // it counted at issuance and does no longer
	ReasonBoundaryDay
	ReasonNoDecision
	ReasonNote
	ReasonReinstated
	ReasonMerged

	reasonCount
)

var reasonNames = [reasonCount]string{
	"not-listed", "source-unavailable", "snapshot-expired", "key-not-pinned", "key-ended", "key-compromised", "binding-weak", "list-unsigned", "binding-ended",
	"binding-not-yet", "blacklisted", "revoked", "withdrawn", "suspended", "no-grant", "grant-ended", "grant-not-yet",
	"award-not-covered", "level-not-covered", "programme-not-covered", "jurisdiction-not-covered", "field-not-covered",
	"judged-negatively", "judgements-disagree", "issue-time-self-asserted", "issue-time-unknown",
	"award-unspecified", "level-unspecified", "reviewed-voluntarily", "judged-with-conditions", "condition", "grade-c", "grade-overdue",
	"binding-stale", "snapshot-stale", "suspended-since", "within-grace", "listed-elsewhere",
	"ended-since", "boundary-day", "no-decision", "note", "reinstated", "merged",
}

func (r Reason) String() string { return reasonNames[r] }

// Reasons is a set of them.
type Reasons uint64

func (s *Reasons) add(r Reason) { *s |= 1 << r }

// Has tells whether a reason is among them.
func (s Reasons) Has(r Reason) bool { return s&(1<<r) != 0 }

// All returns the reasons, the gravest first.
func (s Reasons) All() iter.Seq[Reason] {
	return func(yield func(Reason) bool) {
		for s != 0 {
			r := Reason(bits.TrailingZeros64(uint64(s)))
			if !yield(r) {
				return
			}
			s &^= 1 << r
		}
	}
}

// AllReasons are the reasons that there are.
const AllReasons Reasons = 1<<reasonCount - 1

// conditions are the reasons because of which what is trusted is so with conditions.
const conditions Reasons = 1<<ReasonAwardUnspecified | 1<<ReasonLevelUnspecified | 1<<ReasonVoluntary | 1<<ReasonJudgedWithConditions |
	1<<ReasonCondition | 1<<ReasonGradeC | 1<<ReasonGradeOverdue | 1<<ReasonBindingStale | 1<<ReasonStale | 1<<ReasonSuspendedSince |
	1<<ReasonGrace | 1<<ReasonElsewhere | 1<<ReasonIssuedUnknown

// reasonTexts say in half a sentence, in English, what each reason is.
var reasonTexts = [reasonCount]string{
	"no source lists the issuer",
	"a registry that should have been asked could not be",
	"the copy of the registry is too old; get a newer one",
	"the registry knows the issuer, but not the key that signed",
	"the key that signed was no longer the issuer's",
	"the key that signed may have been stolen, and nothing shows that the badge is older",
	"that the issuer is who it says is not proven well enough",
	"it stands on a list that nobody signed, so that whoever controls the list's site could have added it",
	"the issuer's identifier was no longer that of the institution",
	"the issuer's identifier was not yet that of the institution",
	"the registry warns of the issuer",
	"the listing was revoked",
	"the institution had left",
	"the listing was suspended",
	"nothing is granted to the institution",
	"the grant had run out",
	"the grant had not begun",
	"this kind of award is not covered",
	"awards of this level are not covered",
	"this programme is not covered",
	"awards in this country are not covered",
	"this field of study is not covered",
	"a quality assurance agency decided negatively",
	"a positive and a later negative decision are both in force",
	"nobody but the badge says when it was issued",
	"the badge does not say when it was issued",
	"the badge does not say which kind of award it is",
	"the badge does not say of which level it is, so that it counts only where no level is asked for",
	"the institution was reviewed voluntarily, without official effect",
	"the quality assurance agency set conditions",
	"the registry set a condition",
	"the institution was graded C",
	"the institution's next grading is overdue",
	"the institution's own site did not confirm its identifier lately",
	"the copy of the registry should be renewed",
	"the listing is suspended today",
	"it was issued in the days of grace after the grant ran out",
	"it is another list's word",
	"the grant or listing has ended since",
	"it was issued on the first or last day of the grant",
	"the institution was evaluated without a decision",
	"the source notes something about the judgement",
	"a suspension was lifted as if it had not been",
	"the institution goes on as part of another",
}

// Text says in half a sentence what a reason is, in English.
func (r Reason) Text() string { return reasonTexts[r] }

// Text says what a reader should know: why the issuer is not trusted or, if it is, each
// condition.
func (s Reasons) Text() string {
	var texts []string
	for r := range s.All() {
		switch {
		case r < ReasonAwardUnspecified:
			return r.Text()
		case r <= ReasonElsewhere:
			texts = append(texts, r.Text())
		}
	}
	return strings.Join(texts, "; ")
}
