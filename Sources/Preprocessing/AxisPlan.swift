/// One step along one axis.
enum AxisStep {
  case resize(AxisResize)
  /// Pixel `i` of the result is pixel `i + offset` of a source of `source` pixels; black outside.
  case crop(offset: Int, source: Int)
}

/// Which pixels of every stage the result needs along one axis.
///
/// Columns and rows never mix, so each axis is planned alone. The windows are found from the last
/// step backwards: a picture of which the next crop keeps little is never computed as a whole.
struct AxisPlan {
  /// `windows[i]`: the pixels needed of what step `i` reads; `windows[steps.count]`: the result.
  /// Empty where the result shows nothing but padding.
  let windows: [Range<Int>]

  init(steps: [AxisStep], resultSize: Int) {
    var windows = [0..<resultSize]
    for step in steps.reversed() {
      let wanted = windows[windows.count - 1]
      switch step {
      case .resize(let resize):
        windows.append(wanted.isEmpty ? 0..<0 : resize.sourceWindow(for: wanted))
      case .crop(let offset, let source):
        let moved = wanted.lowerBound + offset..<wanted.upperBound + offset
        windows.append(moved.clamped(to: 0..<source))
      }
    }
    self.windows = windows.reversed()
  }
}

/// The first pixel that a centre crop keeps; negative where it pads.
///
/// torchvision, `transforms/functional.py`, `center_crop`: a larger picture is cut at
/// `round((size - crop) / 2)`, half to even; a smaller one is padded by `(crop - size) / 2`,
/// rounded down, on the left.
func cropOffset(size: Int, crop: Int) -> Int {
  guard crop <= size else { return -((crop - size) / 2) }
  let (half, odd) = (size - crop).quotientAndRemainder(dividingBy: 2)
  return odd == 1 && half % 2 == 1 ? half + 1 : half
}
