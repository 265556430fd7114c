import Classification
import System

/// Makes thumbnails of photos for a report, after the photos were classified or found.
struct PhotoThumbnails {
  let options: ClassifierOptions
  let stop: StopFlag

  /// The thumbnails in the order of `inputs`; nil for photos that cannot be read, for inputs that
  /// are nil, and for all that is left when `stop` is raised.
  func files(of inputs: [InputSource.Input?]) -> [[UInt8]?] {
    var thumbnails = [[UInt8]?](repeating: nil, count: inputs.count)
    var positions = inputs.indices.filter { inputs[$0] != nil }[...]
    if positions.isEmpty { return thumbnails }
    _ = ThumbnailPipeline(options: options).run(InputSource(inputs.compactMap(\.self)), stop: stop)
    { found in
      if let position = positions.popFirst(), case .answered(_, let thumbnail) = found.outcome {
        thumbnails[position] = thumbnail
      }
      return .proceed
    }
    return thumbnails
  }

  /// The note about photos without a thumbnail; nil if there are none.
  static func note(missing: Int) -> String? {
    guard missing > 0 else { return nil }
    return "\(DisplayText.counted(missing, "photo")) without a thumbnail, because the file is "
      + "not in its place any more"
  }
}
