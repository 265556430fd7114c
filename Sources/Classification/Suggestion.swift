/// Finds what a mistyped word was probably meant to be.
public enum Suggestion {
  /// The longest word that is compared: the time grows with the square of its length.
  private static let longest = 64

  /// The candidate that is most like a word; nil if none is like it.
  ///
  /// A candidate is like it if at most a third of its characters, and at least one, were to be
  /// changed, or if one is the beginning of the other.
  public static func nearest(to word: String, among candidates: [String]) -> String? {
    let word = word.lowercased()
    guard word.count >= 3, word.count <= longest else { return nil }
    var best: (candidate: String, distance: Int)?
    for candidate in candidates where candidate.count <= longest {
      let lowered = candidate.lowercased()
      var distance = distance(Array(word), Array(lowered))
      if distance > max(1, min(word.count, lowered.count) / 3) {
        let (short, long) = word.count < lowered.count ? (word, lowered) : (lowered, word)
        guard short.count >= 4, long.hasPrefix(short) else { continue }
        distance = long.count
      }
      if distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.candidate
  }

  /// The question whether the candidate that is most like a word was meant, with a space behind it;
  /// empty where none is like it.
  public static func question(_ word: String, among candidates: [String]) -> String {
    nearest(to: word, among: candidates).map { "did you mean '\($0)'? " } ?? ""
  }

  /// How many characters to insert, remove, replace or exchange with their neighbours make one text
  /// of the other (optimal string alignment).
  private static func distance(_ left: [Character], _ right: [Character]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for i in 0..<left.count {
      var row = [i + 1]
      for j in 0..<right.count {
        var cost = min(last[j] + (left[i] == right[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
        if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
          cost = min(cost, beforeLast[j - 1] + 1)
        }
        row.append(cost)
      }
      (beforeLast, last) = (last, row)
    }
    return last[right.count]
  }
}
