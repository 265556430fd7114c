import Images

/// All steps for pictures of one size, and which pixels of every intermediate picture are needed.
struct Plan {
  /// One step along both axes.
  enum Step {
    case resize(columns: AxisResize, rows: AxisResize)
    /// `x`, `y`: the first pixel of the source that is kept; negative where the crop pads.
    case crop(x: Int, y: Int, source: PixelSize)

    var columns: AxisStep {
      switch self {
      case .resize(let columns, _): .resize(columns)
      case .crop(let x, _, let source): .crop(offset: x, source: source.width)
      }
    }

    var rows: AxisStep {
      switch self {
      case .resize(_, let rows): .resize(rows)
      case .crop(_, let y, let source): .crop(offset: y, source: source.height)
      }
    }
  }

  let steps: [Step]
  let columns: AxisPlan
  let rows: AxisPlan
  /// The size of the result.
  let size: PixelSize

  /// - Parameters:
  ///   - image: the size of the decoded picture.
  ///   - full: the size in the file, which is larger if the decoder reduced the picture.
  init(
    steps: [Preprocessing.Step], image: PixelSize, full: PixelSize,
    partialSides: DecodedImage.PartialSides = .init()
  ) throws(PreprocessingError) {
    let countable = 1...Preprocessing.sideLimit
    guard countable.contains(full.width), countable.contains(full.height) else {
      throw .tooLarge(width: full.width, height: full.height)
    }
    let extent = Self.extent(of: image, full: full)
    var steps = steps
    if image != full, steps.isEmpty || steps[0].operation == "centerCrop" {
      // The sizes of the crop are in pixels of the full size.
      steps.insert(.squash(width: full.width, height: full.height, antialias: true), at: 0)
    }
    var planned: [Step] = []
    var size = full
    for (index, step) in steps.enumerated() {
      guard let next = step.outputSize(for: size) else {
        throw .tooLarge(width: size.width, height: size.height)
      }
      switch step {
      case .centerCrop:
        planned.append(
          .crop(
            x: cropOffset(size: size.width, crop: next.width),
            y: cropOffset(size: size.height, crop: next.height), source: size))
      case .resizeShortSide(_, let antialias), .squash(_, _, let antialias):
        let source = index == 0 ? image : size
        planned.append(
          .resize(
            columns: AxisResize(
              source: source.width, extent: index == 0 ? extent.width : nil,
              isAtEnd: index == 0 && partialSides.isLeft, target: next.width,
              antialias: antialias),
            rows: AxisResize(
              source: source.height, extent: index == 0 ? extent.height : nil,
              isAtEnd: index == 0 && partialSides.isTop,
              target: next.height, antialias: antialias)))
      }
      size = next
    }
    self.steps = planned
    columns = AxisPlan(steps: planned.map(\.columns), resultSize: size.width)
    rows = AxisPlan(steps: planned.map(\.rows), resultSize: size.height)
    self.size = size
    for (index, step) in planned.enumerated() {
      try checkSize(of: columns.windows[index + 1], rows.windows[index + 1])
      // The number of resized source rows that are kept while one row of the result is computed.
      if case .resize(_, let resize) = step {
        let kept = min(resize.tapLimit, rows.windows[index].count)
        try checkSize(of: columns.windows[index + 1], 0..<kept)
      }
    }
  }

  private func checkSize(of columns: Range<Int>, _ rows: Range<Int>) throws(PreprocessingError) {
    let (pixels, overflow) = columns.count.multipliedReportingOverflow(by: rows.count)
    guard !overflow, pixels <= Preprocessing.pixelLimit else {
      throw .tooLarge(width: columns.count, height: rows.count)
    }
  }

  /// How many pixels of a decoded picture the full picture covers in each direction: the full size
  /// times the decoder's scale of 1, 1/2, 1/4 or 1/8, without the rounding up of the decoder. If
  /// the sizes have another ratio, it is the whole decoded picture.
  private static func extent(of image: PixelSize, full: PixelSize)
    -> (width: Double?, height: Double?)
  {
    for scale in [1, 2, 4, 8]
    where (full.width - 1) / scale + 1 == image.width
      && (full.height - 1) / scale + 1 == image.height
    {
      return (Double(full.width) / Double(scale), Double(full.height) / Double(scale))
    }
    return (nil, nil)
  }
}
