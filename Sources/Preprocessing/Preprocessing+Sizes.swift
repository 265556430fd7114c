import Images

extension Preprocessing {
  /// The size that the steps make of a picture of `input`; nil where that depends on an input
  /// that is not given (or not countable).
  public func outputSize(for input: PixelSize?) -> PixelSize? {
    var size = input
    for step in steps {
      switch step {
      case .resizeShortSide: size = size.flatMap(step.outputSize)
      case .squash(let width, let height, _), .centerCrop(let width, let height):
        size = PixelSize(width: width, height: height)
      }
    }
    return size
  }

  /// The size that the first resize asks for, given a picture's full size: what a decoder needs
  /// to know to reduce a large photo while it decodes.
  ///
  /// Where a crop comes first, or no step at all, that is the full size.
  public func sufficientSize(for full: PixelSize) -> PixelSize {
    switch steps.first {
    case .resizeShortSide, .squash: steps[0].outputSize(for: full) ?? full
    case .centerCrop, nil: full
    }
  }
}
