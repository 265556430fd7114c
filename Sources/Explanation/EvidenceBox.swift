public import Images
public import Preprocessing

/// A box round the strongest evidence for a class, in pixels of the upright photo.
public struct EvidenceBox: Sendable, Equatable {
  public let x: Int
  public let y: Int
  public let width: Int
  public let height: Int

  public init(x: Int, y: Int, width: Int, height: Int) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }

  /// The share of the largest value above which a place belongs to the object (Selvaraju et al.
  /// 2017, section 4.1).
  public static let threshold: Float = 0.15

  /// The box round the largest connected part of a map that is above ``threshold``, of what is
  /// over the photo.
  ///
  /// - Parameters:
  ///   - inputSize: height and width of the network's input.
  /// - Returns: nil where nothing is above 0.
  public init?(
    _ map: EvidenceMap, inputSize: Int, geometry: InputGeometry, photo: PixelSize
  ) {
    self.init(
      SeenEvidence(map, inputSize: inputSize, geometry: geometry), geometry: geometry,
      photo: photo)
  }

  init?(_ evidence: SeenEvidence, geometry: InputGeometry, photo: PixelSize) {
    let maximum = evidence.maximum
    guard maximum > 0 else { return nil }
    let limit = Self.threshold * maximum
    guard
      let part = largestPart(evidence.values.map { $0 > limit }, width: evidence.size)
    else { return nil }
    let columns = Self.pixels(part.columns, geometry.columns, photo.width)
    let rows = Self.pixels(part.rows, geometry.rows, photo.height)
    self.init(x: columns.lowerBound, y: rows.lowerBound, width: columns.count, height: rows.count)
  }

  /// Whole pixels of the photo that a range of the network's input covers: at least one.
  private static func pixels(
    _ range: Range<Int>, _ axis: InputGeometry.Axis, _ size: Int
  ) -> Range<Int> {
    let first = max(axis.photo(Double(range.lowerBound)), axis.seen.lowerBound)
    let last = min(axis.photo(Double(range.upperBound)), axis.seen.upperBound)
    let lower = min(max(Int(first.rounded()), 0), size - 1)
    return lower..<max(lower + 1, min(Int(last.rounded()), size))
  }
}

/// The columns and rows that the largest connected part takes; nil where `isInside` is nowhere
/// true. Neighbours are left, right, above and below.
///
/// - Parameter isInside: row by row, `width` values each.
package func largestPart(
  _ isInside: [Bool], width: Int
) -> (columns: Range<Int>, rows: Range<Int>)? {
  var open = isInside
  var best: (count: Int, columns: Range<Int>, rows: Range<Int>)?
  var queue: [Int] = []
  for start in open.indices where open[start] {
    open[start] = false
    queue = [start]
    var count = 0
    var (left, right) = (start % width, start % width)
    var (top, bottom) = (start / width, start / width)
    while let place = queue.popLast() {
      count += 1
      let (y, x) = place.quotientAndRemainder(dividingBy: width)
      (left, right) = (min(left, x), max(right, x))
      (top, bottom) = (min(top, y), max(bottom, y))
      func visit(_ neighbour: Int) {
        if open[neighbour] {
          open[neighbour] = false
          queue.append(neighbour)
        }
      }
      if x > 0 { visit(place - 1) }
      if x + 1 < width { visit(place + 1) }
      if y > 0 { visit(place - width) }
      if place + width < open.count { visit(place + width) }
    }
    if count > best?.count ?? 0 { best = (count, left..<right + 1, top..<bottom + 1) }
  }
  return best.map { ($0.columns, $0.rows) }
}
