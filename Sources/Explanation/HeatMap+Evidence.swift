import Drawing
import Images
import Preprocessing

extension HeatMap {
  /// Evidence over a photo.
  ///
  /// - Parameters:
  ///   - photo: the whole photo, in the size in which it is drawn.
  ///   - fullSize: the size of the photo in its file.
  ///   - geometry: where the network's input is in the photo.
  init(_ map: EvidenceMap, photo: RGBImage, fullSize: PixelSize, _ geometry: InputGeometry) {
    let xScale = Double(photo.width) / Double(fullSize.width)
    let yScale = Double(photo.height) / Double(fullSize.height)
    let columns = (0..<photo.width).map { geometry.columns.input((Double($0) + 0.5) / xScale) }
    let rows = (0..<photo.height).map { geometry.rows.input((Double($0) + 0.5) / yScale) }
    let seenColumns = Self.pixels(geometry.columns.seen, xScale, photo.width)
    let seenRows = Self.pixels(geometry.rows.seen, yScale, photo.height)
    self.init(
      photo: photo, values: map.sampled(columns: columns, rows: rows),
      seen: PixelRectangle(
        x: seenColumns.lowerBound, y: seenRows.lowerBound, width: seenColumns.count,
        height: seenRows.count))
  }

  private static func pixels(
    _ seen: ClosedRange<Double>, _ scale: Double, _ size: Int
  ) -> Range<Int> {
    let first = min(max(Int((seen.lowerBound * scale).rounded()), 0), size)
    return first..<max(first, min(Int((seen.upperBound * scale).rounded()), size))
  }
}
