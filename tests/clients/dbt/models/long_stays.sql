{{ config(materialized='table') }}
select booking_id, hotel, nights from {{ ref('bookings') }} where nights > 1
