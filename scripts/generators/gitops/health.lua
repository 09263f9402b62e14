local status = obj.status or {}
if status.observedGeneration ~= nil and status.observedGeneration ~= obj.metadata.generation then
  return { status = "Progressing", message = "waiting for the operator to look at the latest change" }
end
local conditions = {}
for _, one in ipairs(status.conditions or {}) do
  if one.status == "True" or one.type == condition then
    conditions[one.type] = one
  end
end
local decisive = conditions.Stalled or conditions.Reconciling or conditions[condition]
if decisive == nil then
  return { status = "Progressing", message = "waiting for the operator" }
end
-- A reason that is not listed, of a newer operator, is told by its condition.
local health = reasons[decisive.reason]
if health == nil then
  if decisive.type == "Stalled" then
    health = "Degraded"
  elseif decisive.type == condition and decisive.status == "True" then
    health = "Healthy"
  else
    health = "Progressing"
  end
end
-- What an autoscaler took to zero runs as it should; only what the spec holds at zero is suspended.
if decisive.reason == "ScaledToZero" and obj.spec.replicas ~= 0 then
  health = "Healthy"
end
return { status = health, message = decisive.message }
