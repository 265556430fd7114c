import Images

extension Preprocessing {
  /// The size of the result for a picture of size `input`. It is nil if it depends on the size of
  /// the picture and `input` is nil, or if a size would overflow.
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

  /// The target size of the first resize for a picture with the given full size. The decoder uses
  /// it to choose the scale at which it decodes.
  ///
  /// If the first step is a crop, or if there is no step, it is the full size.
  public func sufficientSize(for full: PixelSize) -> PixelSize {
    switch steps.first {
    case .resizeShortSide, .squash: steps[0].outputSize(for: full) ?? full
    case .centerCrop, nil: full
    }
  }
}
